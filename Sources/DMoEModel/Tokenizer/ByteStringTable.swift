import DMoEFoundation
import Foundation

/// Byte strings numbered from 0, found by content.
///
/// Compares bytes: `String` keys would take canonically equivalent tokens ("é" in one scalar and in two) for the same.
struct ByteStringTable: Sendable {
  private let bytes: [UInt8]
  private let offsets: [Int]
  private let slots: [Int32]

  /// Lays the strings end to end; of equal strings the first is found, and an empty string never.
  ///
  /// - Parameters:
  ///   - bytes: All strings, end to end.
  ///   - offsets: Where each string starts, and the end: one more than there are strings.
  ///   - searchable: Whether a string can be found by its content.
  init(bytes: [UInt8], offsets: [Int], searchable: (Int) -> Bool = { _ in true }) {
    precondition(offsets.first == 0 && offsets.last == bytes.count, "ByteStringTable: offsets do not span the bytes")
    let capacity = nextPowerOfTwo(max(16, 2 * offsets.count))
    var slots = [Int32](repeating: -1, count: capacity)
    Self.withStrings(bytes, offsets) { strings in
      for index in 0..<strings.count where !strings[index].isEmpty && searchable(index) {
        let string = strings[index]
        var slot = Self.slot(Self.hash(string), capacity)
        while slots[slot] >= 0, !strings[Int(slots[slot])].hasBytes(string) { slot = (slot + 1) & (capacity - 1) }
        if slots[slot] < 0 { slots[slot] = Int32(index) }
      }
    }
    self.bytes = bytes
    self.offsets = offsets
    self.slots = slots
  }

  var count: Int { offsets.count - 1 }

  subscript(index: Int) -> ArraySlice<UInt8> { bytes[offsets[index]..<offsets[index + 1]] }

  /// The number of the string with exactly these bytes.
  func index(of string: some RandomAccessCollection<UInt8>) -> Int32? {
    let nothing = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    return string.withContiguousStorageIfAvailable { index(of: $0, followedBy: nothing) } ?? index(of: Array(string))
  }

  /// The number of the string that is these two, one behind the other.
  func index(of left: UnsafeBufferPointer<UInt8>, followedBy right: UnsafeBufferPointer<UInt8>) -> Int32? {
    var slot = Self.slot(Self.hash(left, right), slots.count)
    return Self.withStrings(bytes, offsets) { strings in
      slots.withUnsafeBufferPointer { slots in
        while slots[slot] >= 0 {
          let string = strings[Int(slots[slot])]
          if string.count == left.count + right.count,
            UnsafeBufferPointer(rebasing: string[..<left.count]).hasBytes(left),
            UnsafeBufferPointer(rebasing: string[left.count...]).hasBytes(right)
          {
            return slots[slot]
          }
          slot = (slot + 1) & (slots.count - 1)
        }
        return nil
      }
    }
  }

  /// Calls `body` with every string in order.
  func visit(_ body: (Int, UnsafeBufferPointer<UInt8>) -> Void) {
    Self.withStrings(bytes, offsets) { strings in for index in 0..<strings.count { body(index, strings[index]) } }
  }

  private static func hash(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>? = nil) -> UInt64 {
    var hash = FNV1aHash()
    for byte in left { hash.combine(byte: byte) }
    if let right { for byte in right { hash.combine(byte: byte) } }
    return hash.value
  }

  private static func slot(_ hash: UInt64, _ capacity: Int) -> Int {
    Int(truncatingIfNeeded: hash ^ (hash >> 32)) & (capacity - 1)
  }

  /// The strings in memory: a vocabulary is looked through some hundred thousand times while a tokenizer is made.
  private struct Strings {
    let bytes: UnsafeBufferPointer<UInt8>
    let offsets: UnsafeBufferPointer<Int>

    var count: Int { offsets.count - 1 }
    subscript(index: Int) -> UnsafeBufferPointer<UInt8> {
      UnsafeBufferPointer(rebasing: bytes[offsets[index]..<offsets[index + 1]])
    }
  }

  private static func withStrings<Result>(
    _ bytes: [UInt8], _ offsets: [Int], _ body: (Strings) -> Result
  ) -> Result {
    bytes.withUnsafeBufferPointer { bytes in
      offsets.withUnsafeBufferPointer { body(Strings(bytes: bytes, offsets: $0)) }
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether both have the same bytes.
  fileprivate func hasBytes(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
    guard count == other.count else { return false }
    guard let left = baseAddress, let right = other.baseAddress else { return count == 0 }
    return memcmp(left, right, count) == 0
  }
}

/// The least power of two that is not below `count`.
func nextPowerOfTwo(_ count: Int) -> Int {
  count <= 1 ? 1 : 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
}
