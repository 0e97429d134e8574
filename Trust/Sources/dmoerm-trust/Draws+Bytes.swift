import CFuzzer
import Draws

extension Draws {
  /// Bytes changed by libFuzzer's own mutations.
  mutating func mutated(_ bytes: [UInt8], growth: Int = 16) -> [UInt8] {
    var buffer = bytes + [UInt8](repeating: 0, count: growth)
    let size = buffer.withUnsafeMutableBufferPointer { LLVMFuzzerMutate($0.baseAddress, bytes.count, $0.count) }
    return Array(buffer.prefix(size))
  }
}
