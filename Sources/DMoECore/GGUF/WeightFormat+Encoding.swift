package import Foundation

extension WeightFormat {
  /// The formats that numbers are written in.
  package static let written: [WeightFormat] = [.f32, .f16, .bf16, .q8_0]

  /// The number that ggml has for one of the written formats (`enum ggml_type`).
  var ggmlType: UInt32 {
    switch self {
    case .f32: 0
    case .f16: 1
    case .q8_0: 8
    case .bf16: 30
    default: preconditionFailure("WeightFormat: \(rawValue) is not written")
    }
  }
}

extension Matrix {
  /// The elements as a file of ggml's has them, little-endian, row after row; numbers between two that a format has become
  /// the nearer one, of two as near the even one.
  ///
  /// - Parameters:
  ///   - format: One of `WeightFormat.written`; rows are whole blocks of it.
  ///   - name: Whose numbers they are, for the error.
  /// - Throws: `CoreError.nonFinite` for a number that the format does not hold.
  package func encoded(as format: WeightFormat, _ name: String) throws(CoreError) -> Data {
    precondition(columns % format.blockSize == 0, "Matrix: rows of \(columns) as \(format.rawValue)")
    let bytes = withElements { elements -> Data? in
      switch format {
      case .f32: elements.allSatisfy(\.isFinite) ? Data(buffer: elements) : nil
      case .f16: Data(halves: elements) { $0.halfBits }
      case .bf16: Data(halves: elements) { $0.brainBits }
      case .q8_0: Data(blocks: elements)
      default: preconditionFailure("Matrix: \(format.rawValue) is not written")
      }
    }
    guard let bytes else { throw .nonFinite("a number of \(name) in \(format.rawValue)") }
    return bytes
  }
}

extension Data {
  /// Two bytes a number; `nil` if one has no bits.
  fileprivate init?(halves numbers: UnsafeBufferPointer<Float>, _ bits: (Float) -> UInt16?) {
    var result: [UInt16] = []
    result.reserveCapacity(numbers.count)
    for number in numbers {
      guard let half = bits(number) else { return nil }
      result.append(half.littleEndian)
    }
    self = result.withUnsafeBytes { Data($0) }
  }

  /// Q8_0: of every 32 numbers a scale, the greatest by 127, and their share of it as bytes (ggml's
  /// `quantize_row_q8_0_ref`).
  fileprivate init?(blocks numbers: UnsafeBufferPointer<Float>) {
    var result = [UInt8](repeating: 0, count: numbers.count / 32 * 34)
    for block in 0..<numbers.count / 32 {
      let own = numbers[block * 32..<block * 32 + 32]
      let greatest = own.reduce(Float(0)) { Swift.max($0, abs($1)) }
      // A maximum passes over NaN.
      guard own.allSatisfy(\.isFinite), let scale = (greatest / 127).halfBits else { return nil }
      let inverse = greatest == 0 ? 0 : 1 / (greatest / 127)
      result[block * 34] = UInt8(truncatingIfNeeded: scale)
      result[block * 34 + 1] = UInt8(truncatingIfNeeded: scale >> 8)
      for (place, number) in own.enumerated() {
        let share = Int8(clamping: Int((number * inverse).rounded(.toNearestOrAwayFromZero)))
        result[block * 34 + 2 + place] = UInt8(bitPattern: share)
      }
    }
    self.init(result)
  }
}

extension Float {
  /// The bits of the nearest bfloat16; `nil` if that is not finite.
  fileprivate var brainBits: UInt16? {
    guard isFinite else { return nil }
    let half = UInt16(truncatingIfNeeded: (bitPattern + 0x7FFF + (bitPattern >> 16 & 1)) >> 16)
    return half & 0x7F80 == 0x7F80 ? nil : half
  }

  /// The bits of the nearest IEEE half; `nil` if that is not finite.
  fileprivate var halfBits: UInt16? {
    guard isFinite else { return nil }
    let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
    // Below the smallest normal half, numbers are multiples of 2⁻²⁴.
    if magnitude < 0x1p-14 { return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven)) }
    let bits = magnitude.bitPattern
    let rounded = bits + 0xFFF + (bits >> 13 & 1)
    let half = (rounded >> 13) - ((127 - 15) << 10)
    return half < 0x7C00 ? sign | UInt16(truncatingIfNeeded: half) : nil
  }
}
