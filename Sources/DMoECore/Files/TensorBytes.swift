/// What the bytes of tensors lie in: a mapped file, or memory of their own.
package protocol TensorBytes: AnyObject, Sendable {
  /// The path of the file, for error messages.
  var path: String { get }
  /// The content, which stays where it is and as it is while the object lives.
  var bytes: UnsafeRawBufferPointer { get }
}

extension TensorBytes {
  /// The number of bytes.
  package var count: Int { bytes.count }
}

/// Bytes of a tensor that is in no file as it is multiplied.
///
/// Unchecked for the sake of its pointer: what it points to is written before anyone else has it.
final class HeldBytes: TensorBytes, @unchecked Sendable {
  private let memory: UnsafeMutableRawBufferPointer

  let path = "memory"
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }

  init(_ numbers: [UInt16]) {
    memory = .allocate(byteCount: max(1, numbers.count * MemoryLayout<UInt16>.stride), alignment: 64)
    numbers.withUnsafeBytes { memory.copyMemory(from: $0) }
  }

  deinit { memory.deallocate() }
}
