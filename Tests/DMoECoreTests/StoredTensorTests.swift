import DMoECore
import Foundation
import Testing
import _TestSupport

struct StoredTensorTests {
  /// The floats that halves of these bits become on the way through a file.
  private func floats(ofHalves halves: [UInt16]) throws -> [Float] {
    let header = #"{"a":{"dtype":"F16","shape":[\#(halves.count)],"data_offsets":[0,\#(2 * halves.count)]}}"#
    var data = Data([UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8))
    for half in halves { data.append(contentsOf: [UInt8(half & 255), UInt8(half >> 8)]) }
    let folder = try TemporaryFolder()
    return try SafetensorsFile(contentsOf: folder.file("a", data)).tensor(named: "a").dequantized()
  }

  /// Every half but the NaNs, against the definition of the format.
  @Test func everyHalfBecomesTheFloatItStandsFor() throws {
    let halves = (0...UInt16.max).filter { $0 & 0x7FFF <= 0x7C00 }
    let expected = halves.map { half -> Float in
      let exponent = Int(half >> 10 & 31)
      let fraction = Double(half & 1023)
      let magnitude =
        switch exponent {
        case 0: fraction * pow(2, -24)
        case 31: Double.infinity
        default: (1024 + fraction) * pow(2, Double(exponent - 25))
        }
      return Float(half >> 15 == 1 ? -magnitude : magnitude)
    }
    #expect(try floats(ofHalves: halves).bits == expected.bits)
  }

  @Test func aHalfThatIsNoNumberStaysNone() throws {
    #expect(try floats(ofHalves: [0x7C01, 0x7FFF, 0xFE00]).allSatisfy(\.isNaN))
  }

  @Test(arguments: WeightFormat.allCases)
  func sizesCountWholeBlocksOnly(format: WeightFormat) {
    #expect(format.byteCount(elements: 256) == 256 / format.blockSize * format.bytesPerBlock)
    #expect((format.byteCount(elements: 257) == nil) == (format.blockSize > 1))
    #expect(format.byteCount(elements: -256) == nil)
    #expect((format.byteCount(shape: [32, 8]) == nil) == (format.blockSize > 1))
    #expect(format.byteCount(shape: [Int.max, 256]) == nil)
  }

  @Test func aSizeThatIsNoIntIsNone() {
    #expect(WeightFormat.f64.byteCount(elements: Int.max / 2) == nil)
    #expect(WeightFormat.f32.byteCount(shape: [Int.max, Int.max, 0]) == nil)
    #expect(WeightFormat.f32.byteCount(shape: []) == 4)
  }

  @Test func rowsOfATableAreReadAlone() throws {
    let file = try GGUFFile(contentsOf: WeightFixtures.url("formats.gguf"))
    for name in ["q8_0", "q4_1", "q6_k", "f32", "f16", "f64"] {
      let tensor = try file.tensor(named: name)
      let all = tensor.dequantized()
      for range in [0..<1, 1..<2, 1..<3, 3..<3] {
        var part = [Float](repeating: .nan, count: range.count * tensor.columns)
        tensor.dequantize(into: &part, rows: range)
        #expect(part.bits == Array(all[range.lowerBound * tensor.columns..<range.upperBound * tensor.columns]).bits)
      }
    }
  }

  @Test func aMatrixHasTheLastDimensionAsColumns() throws {
    let file = try GGUFFile(contentsOf: WeightFixtures.url("formats.gguf"))
    let cube = try file.tensor(named: "cube")
    #expect(cube.shape == [2, 3, 4])
    #expect(cube.matrix() == Matrix(6, 4, (0..<24).map(Float.init)))
    let vector = try file.tensor(named: "vector")
    #expect(vector.shape == [5])
    #expect(vector.matrix() == Matrix(1, 5, (0..<5).map(Float.init)))
  }

  @Test func threadsReadTheSameMatrix() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a.safetensors")
    let values = Matrix(300, 200, (0..<60_000).map { Float($0) * 0.5 })
    try SafetensorsWriter.write([("a", [300, 200], values)], to: url)
    let tensor = try SafetensorsFile(contentsOf: url).tensor(named: "a")
    let compute = try Compute(ComputeOptions(backend: .reference, threads: 4))
    #expect(tensor.matrix(on: compute) == values)
  }

  @Test func floatsAreMappedInPlaceOnlyIfStoredAsAlignedFloats() throws {
    let file = try GGUFFile(contentsOf: WeightFixtures.url("formats.gguf"))
    let tensor = try file.tensor(named: "f32")
    let pointer = try #require(tensor.mappedFloats)
    #expect(Array(UnsafeBufferPointer(start: pointer, count: tensor.count)).bits == tensor.dequantized().bits)
    #expect(try file.tensor(named: "f16").mappedFloats == nil)
    #expect(try file.tensor(named: "q8_0").mappedFloats == nil)
    withExtendedLifetime(tensor) {}
  }

  @Test func floatsAtAnOddAddressAreCopiedNotMapped() throws {
    let header = Array(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} "#.utf8)
    try #require(header.count % 4 != 0)
    var data = Data([UInt8(header.count), 0, 0, 0, 0, 0, 0, 0] + header)
    // 1.5 and -2
    data.append(contentsOf: [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0])
    let folder = try TemporaryFolder()
    let tensor = try SafetensorsFile(contentsOf: folder.file("a", data)).tensor(named: "a")
    #expect(tensor.mappedFloats == nil)
    #expect(tensor.dequantized() == [1.5, -2])
  }

  @Test func aTensorOutlivesTheFileThatItCameFrom() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a.safetensors")
    try SafetensorsWriter.write([("a", [2], Matrix(row: [3, 4]))], to: url)
    var file: SafetensorsFile? = try SafetensorsFile(contentsOf: url)
    let tensor = try #require(try file?.tensor(named: "a"))
    file = nil
    try FileManager.default.removeItem(at: url)
    #expect(tensor.dequantized() == [3, 4])
  }
}
