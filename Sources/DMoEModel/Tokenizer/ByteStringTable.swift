import DMoEFoundation

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
    for index in 0..<(offsets.count - 1) where offsets[index] < offsets[index + 1] && searchable(index) {
      let string = bytes[offsets[index]..<offsets[index + 1]]
      var slot = Self.hash(string) & (capacity - 1)
      while slots[slot] >= 0 {
        let other = Int(slots[slot])
        if bytes[offsets[other]..<offsets[other + 1]].elementsEqual(string) { break }
        slot = (slot + 1) & (capacity - 1)
      }
      if slots[slot] < 0 { slots[slot] = Int32(index) }
    }
    self.bytes = bytes
    self.offsets = offsets
    self.slots = slots
  }

  var count: Int { offsets.count - 1 }

  subscript(index: Int) -> ArraySlice<UInt8> { bytes[offsets[index]..<offsets[index + 1]] }

  /// The number of the string with exactly these bytes.
  func index(of string: some RandomAccessCollection<UInt8>) -> Int32? {
    var slot = Self.hash(string) & (slots.count - 1)
    while slots[slot] >= 0 {
      if self[Int(slots[slot])].elementsEqual(string) { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private static func hash(_ string: some Sequence<UInt8>) -> Int {
    var hash = FNV1aHash()
    hash.combine(string)
    return Int(truncatingIfNeeded: hash.value ^ (hash.value >> 32))
  }
}

/// The least power of two that is not below `count`.
func nextPowerOfTwo(_ count: Int) -> Int {
  count <= 1 ? 1 : 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
}
