import Foundation
import _TestSupport

@testable import DMoECore

/// Random weights in every stored format, in a file in which nothing is aligned.
enum StoredWeightFixture {
  static let formats = WeightFormat.allCases.filter { $0.kernelFormat != nil }
  static let quantized = formats.filter { $0.blockSize > 1 }

  /// A matrix of random numbers; the file is removed, and its bytes live as long as the tensor.
  static func tensor(_ format: WeightFormat, _ outputs: Int, _ inputs: Int, seed: UInt64 = 1) throws -> StoredTensor {
    precondition(inputs % format.blockSize == 0, "\(inputs) numbers are no whole blocks of \(format)")
    var source = RandomSource(seed: seed)
    var bytes: [UInt8] = [1, 2, 3]
    for _ in 0..<(outputs * inputs / format.blockSize) { bytes += block(format, &source) }
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-\(UUID().uuidString)")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try StoredTensor(
      name: "w", shape: [outputs, inputs], format: format, file: MappedFile(contentsOf: url), offset: 3)
  }

  /// Random bits are numbers of every size and none at all only where a block keeps its scales.
  private static func block(_ format: WeightFormat, _ source: inout RandomSource) -> [UInt8] {
    func random() -> Float { 2 * Float(source.next() >> 40) / Float(1 << 24) - 1 }
    func half() -> [UInt8] { bytes(Float16(0.02 * random()).bitPattern) }
    switch format {
    case .f32: return bytes(random().bitPattern)
    case .f16: return bytes(Float16(random()).bitPattern)
    case .bf16: return bytes(UInt16(random().bitPattern >> 16))
    default:
      var block = (0..<format.bytesPerBlock).map { _ in UInt8(truncatingIfNeeded: source.next() >> 33) }
      for place in scalePlaces(format) { block.replaceSubrange(place..<place + 2, with: half()) }
      return block
    }
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  /// Where a block has halves: scale, and minimum (ggml-common.h).
  private static func scalePlaces(_ format: WeightFormat) -> [Int] {
    switch format {
    case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
    case .q2_K: [80, 82]
    case .q3_K: [108]
    case .q6_K: [208]
    default: [0]
    }
  }

  /// Rows as the int8 road sees them: in every block of 32 a whole number of steps, of which 127 are the largest number.
  static func rounded(_ x: Matrix) -> DoubleMatrix {
    var values = x.elements.map(Double.init)
    for start in stride(from: 0, to: values.count, by: 32) {
      let block = x.elements[start..<start + 32]
      let top = block.map(abs).max() ?? 0
      guard top > 0 else { continue }
      let scale = Double(top / 127)
      for place in block.indices {
        values[place] = Double((block[place] * (127 / top)).rounded(.toNearestOrEven)) * scale
      }
    }
    return DoubleMatrix(x.rows, x.columns, values)
  }
}
