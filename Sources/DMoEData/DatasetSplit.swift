/// A division of a data set into parts by prompt: samples whose conversations are equal, or are continuations of one
/// dialogue (they begin with the same turn of the user), are always in one part.
///
/// ```swift
/// let split = try DatasetSplit(fractions: [0.9, 0.1], seed: 1)
/// let parts = split.parts(of: samples)
/// print(parts[0].count, parts[1].count)
/// ```
///
/// The part is a pure function of that turn, the seed and the fractions, so that adding or removing samples
/// moves no other. Fractions hold on average over prompts, not exactly.
public struct DatasetSplit: Sendable, Hashable, Codable {
  /// The share of prompts in each part; they add up to 1.
  public let fractions: [Double]
  /// Chooses among the possible splits.
  public let seed: UInt64

  /// A split into parts of these shares.
  ///
  /// - Throws: `DataError.invalidFractions` if one is outside 0 ... 1, or they do not add up to 1 (within 1e-6).
  public init(fractions: [Double], seed: UInt64) throws(DataError) {
    guard fractions.allSatisfy({ (0...1).contains($0) }), abs(fractions.reduce(0, +) - 1) <= 1e-6 else {
      throw .invalidFractions(fractions)
    }
    self.fractions = fractions
    self.seed = seed
  }

  /// Reads `fractions` and `seed`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      fractions: container.decode([Double].self, forKey: .fractions),
      seed: container.decode(UInt64.self, forKey: .seed))
  }

  /// The index of the part that the conversation belongs to.
  public func part(of conversation: Conversation) -> Int {
    let place = conversation.openingHash(seed: seed).unitFraction
    var end = 0.0
    for (index, fraction) in fractions.enumerated() {
      end += fraction
      if place < end { return index }
    }
    // Rounding may leave the sum a hair under 1; a part of no share must stay empty all the same.
    return fractions.lastIndex { $0 > 0 } ?? 0
  }

  /// The samples of each part, in their original order.
  public func parts(of samples: some Sequence<RankedResponses>) -> [[RankedResponses]] {
    var parts = [[RankedResponses]](repeating: [], count: fractions.count)
    for sample in samples { parts[part(of: sample.conversation)].append(sample) }
    return parts
  }
}
