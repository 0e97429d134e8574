import DMoECore
import Foundation

extension PassResult {
  /// The numbers of some sums, bit for bit, as ranks send them: also those that are not finite.
  static func bytes(_ results: [PassResult]) -> Data {
    let numbers = results.flatMap { result -> [UInt64] in
      [
        result.loss.bitPattern, result.regularization == nil ? 0 : 1, (result.regularization ?? 0).bitPattern,
        result.weight.bitPattern, result.correct.bitPattern, UInt64(result.pairs), result.margin.bitPattern,
        result.rewards.bitPattern, UInt64(result.rewardCount), UInt64(result.tokens),
      ]
    }
    return numbers.withUnsafeBytes { Data($0) }
  }

  /// - Throws: `CommunicatorError.malformedMessage`.
  static func all(in bytes: Data, from sender: Int) throws(CommunicatorError) -> [PassResult] {
    let size = 10 * MemoryLayout<UInt64>.stride
    guard bytes.count.isMultiple(of: size) else {
      throw .malformedMessage(sender: sender, reason: "the measures of a step are cut off")
    }
    let numbers = bytes.withUnsafeBytes { raw in
      (0..<raw.count / 8).map { raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
    }
    return stride(from: 0, to: numbers.count, by: 10).map { first in
      func real(_ place: Int) -> Double { Double(bitPattern: numbers[first + place]) }
      func count(_ place: Int) -> Int { Int(truncatingIfNeeded: numbers[first + place]) }
      var result = PassResult()
      result.loss = real(0)
      result.regularization = count(1) == 0 ? nil : real(2)
      (result.weight, result.correct, result.pairs) = (real(3), real(4), count(5))
      (result.margin, result.rewards, result.rewardCount, result.tokens) = (real(6), real(7), count(8), count(9))
      return result
    }
  }
}
