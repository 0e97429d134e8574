public import DMoECore
public import DMoEData
import DMoEFoundation

/// The prompts of every step of a run: all of them in an order drawn anew for every pass, so that a step's prompts follow from
/// its number and the seed alone.
public struct PromptOrder: Sendable {
  private let prompts: [Conversation]
  private let seed: UInt64

  /// An order of these prompts.
  ///
  /// - Parameters:
  ///   - prompts: At least one.
  ///   - seed: What the order of every pass depends on.
  /// - Throws: `CoreError.outOfRange` without a prompt.
  public init(_ prompts: [Conversation], seed: UInt64) throws(CoreError) {
    guard !prompts.isEmpty else { throw .outOfRange("prompts", value: "0", allowed: "at least 1") }
    self.prompts = prompts
    self.seed = seed
  }

  /// The prompts of a step, counted from 0.
  public func prompts(step: Int, count: Int) -> [Conversation] {
    (step * count..<(step + 1) * count).map { place in
      let (pass, index) = place.quotientAndRemainder(dividingBy: prompts.count)
      return prompts[order(ofPass: pass)[index]]
    }
  }

  private func order(ofPass pass: Int) -> [Int] {
    var source = RandomSource(seed: seed, stream: UInt64(pass) + 1)
    return prompts.indices.shuffled(using: &source)
  }
}
