/// Reads single scalars out of valid UTF-8.
struct UTF8Scalars {
  let bytes: UnsafeBufferPointer<UInt8>
  /// The bytes that may be looked at; both ends lie between scalars.
  let range: Range<Int>

  /// The scalar that starts at `position`.
  func at(_ position: Int) -> Unicode.Scalar? {
    guard position < range.upperBound else { return nil }
    return Unicode.Scalar(Self.decode(bytes, position).value)
  }

  /// The scalar that ends before `position`.
  func before(_ position: Int) -> Unicode.Scalar? {
    guard position > range.lowerBound else { return nil }
    var start = position - 1
    while start > range.lowerBound, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return at(start)
  }

  /// How many bytes a scalar takes that begins with `lead`.
  static func width(lead: UInt8) -> Int { lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4 }

  /// The scalar value at a position between scalars, and how many bytes it takes.
  @inline(__always)
  static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ position: Int) -> (value: UInt32, width: Int) {
    let lead = UInt32(bytes[position])
    func continuation(_ offset: Int) -> UInt32 { UInt32(bytes[position + offset] & 0x3F) }
    if lead < 0x80 { return (lead, 1) }
    if lead < 0xE0 { return ((lead & 0x1F) << 6 | continuation(1), 2) }
    if lead < 0xF0 { return ((lead & 0x0F) << 12 | continuation(1) << 6 | continuation(2), 3) }
    return ((lead & 0x07) << 18 | continuation(1) << 12 | continuation(2) << 6 | continuation(3), 4)
  }
}
