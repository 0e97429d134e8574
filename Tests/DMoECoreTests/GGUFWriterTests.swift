import DMoECore
import Foundation
import Testing
import _TestSupport

struct GGUFWriterTests {
  private static func tensor(_ name: String, _ values: Matrix, _ format: WeightFormat = .f32) -> GGUFWriter.Tensor {
    GGUFWriter.Tensor(name: name, shape: [values.rows, values.columns], format: format) { take throws(CoreError) in
      // In two pieces, as a large one is.
      try take(values.rows(0..<1))
      try take(values.rows(1..<values.rows))
    }
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a.gguf")
    let metadata: [(key: String, value: GGUFWriter.Value)] = [
      ("general.architecture", .string("test")), ("a.number", .uint32(4_000_000_000)), ("a.share", .float32(1e-5)),
      ("a.flag", .bool(true)), ("a.texts", .strings(["Grüße", "", "世界 🙂"])), ("a.numbers", .int32s([-1, 0, 7])),
      ("a.shares", .float32s([0.5, -.pi])),
    ]
    let values = randomMatrix(3, 5, seed: 1)
    try GGUFWriter.write(
      metadata: metadata, tensors: [Self.tensor("b", values), Self.tensor("a", randomMatrix(2, 4, seed: 2))], to: url)
    let file = try GGUFFile(contentsOf: url)
    #expect(file.names == ["a", "b"] && file.metadata.count == metadata.count)
    #expect(try file.string("general.architecture") == "test" && file.integer("a.number") == 4_000_000_000)
    #expect(try file.float("a.share") == 1e-5 && file.bool("a.flag"))
    #expect(try file.strings("a.texts") == ["Grüße", "", "世界 🙂"] && file.integers("a.numbers") == [-1, 0, 7])
    #expect(try file.floats("a.shares") == [0.5, -.pi])
    let read = try file.tensor(named: "b")
    #expect(read.shape == [3, 5] && read.dequantized().bits == values.elements.bits)
    #expect(try folder.contents == ["a.gguf"])
  }

  /// By hand from ggml's docs/gguf.md: magic, version, counts, a pair, a tensor, each part filled up to 32 bytes.
  @Test func theFileIsTheFormatsByteForByte() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a.gguf")
    let tensor = GGUFWriter.Tensor(name: "w", shape: [1, 2], format: .f32) { take throws(CoreError) in
      try take(Matrix(1, 2, [1, -2]))
    }
    try GGUFWriter.write(metadata: [("k", .uint32(5))], tensors: [tensor], to: url)
    func little(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { Array($0) } }
    var header = Array("GGUF".utf8) + little(UInt32(3)) + little(UInt64(1)) + little(UInt64(1))
    header += little(UInt64(1)) + Array("k".utf8) + little(UInt32(4)) + little(UInt32(5))
    header += little(UInt64(1)) + Array("w".utf8) + little(UInt32(2)) + little(UInt64(2)) + little(UInt64(1))
    header += little(UInt32(0)) + little(UInt64(0))
    header += [UInt8](repeating: 0, count: (32 - header.count % 32) % 32)
    let data = little(Float(1).bitPattern) + little(Float(-2).bitPattern) + [UInt8](repeating: 0, count: 24)
    #expect(try Data(contentsOf: url) == Data(header + data))
  }

  /// Every half but the infinite ones and NaN is itself, and so is every bfloat16: reading is held to ggml's elsewhere.
  @Test(arguments: [WeightFormat.f16, .bf16])
  func numbersThatAFormatHasAreKept(format: WeightFormat) throws {
    let exponent: UInt16 = format == .f16 ? 0x7C00 : 0x7F80
    let bits = (0...UInt16.max).filter { $0 & exponent != exponent }
    let stored = Data(bits.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] })
    let values = try Self.reading(stored, as: format, columns: bits.count)
    #expect(try Matrix(row: values).encoded(as: format, "all") == stored)
  }

  /// By hand: between two neighbors the nearer one, halfway the one with an even last bit.
  @Test func numbersBetweenAreRounded() throws {
    func halves(_ format: WeightFormat, _ numbers: [Float]) throws -> [UInt16] {
      let bytes = try Matrix(row: numbers).encoded(as: format, "x")
      return stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
    }
    // Above 1 halves are 2⁻¹⁰ apart, below 2⁻¹⁴ 2⁻²⁴; bfloat16s above 1 are 2⁻⁷ apart.
    #expect(
      try halves(.f16, [1 + 0x1p-11, 1 + 0x3p-11, 1 + 0x1.2p-11, 0x1p-25, 0x3p-25, 65504, -65519])
        == [0x3C00, 0x3C02, 0x3C01, 0, 2, 0x7BFF, 0xFBFF])
    #expect(try halves(.bf16, [1 + 0x1p-8, 1 + 0x3p-8, 1 + 0x1.2p-8, -1]) == [0x3F80, 0x3F82, 0x3F81, 0xBF80])
    for (format, number) in [(WeightFormat.f16, Float(65520)), (.bf16, .greatestFiniteMagnitude), (.f32, .infinity)] {
      #expect(throws: CoreError.nonFinite("a number of x in \(format.rawValue)")) {
        try Matrix(row: [number]).encoded(as: format, "x")
      }
    }
  }

  /// By hand: the scale is the greatest number by 127, as a half.
  @Test func blocksOfEightBitsHaveTheGreatestNumberAsTheirScale() throws {
    var numbers = [Float](repeating: 0, count: 64)
    (numbers[0], numbers[1], numbers[2]) = (127, -63.5, 0.4)
    numbers[32] = -0.25
    let bytes = try Matrix(row: numbers).encoded(as: .q8_0, "x")
    #expect(Array(bytes[0..<5]) == [0x00, 0x3C, 127, UInt8(bitPattern: -64), 0])
    #expect(bytes[36] == UInt8(bitPattern: -127) && bytes.count == 68)
    let values = try Self.reading(bytes, as: .q8_0, columns: 64)
    #expect(zip(values, numbers).allSatisfy { abs($0 - $1) <= 0.5 })
    #expect(try Matrix(zeros: 1, 32).encoded(as: .q8_0, "x") == Data(count: 34))
  }

  /// The numbers of stored bytes.
  private static func reading(_ bytes: Data, as format: WeightFormat, columns: Int) throws -> [Float] {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a.gguf")
    let tensor = GGUFWriter.Tensor(name: "x", shape: [1, columns], format: format) { take throws(CoreError) in
      try take(Matrix(zeros: 1, columns))
    }
    try GGUFWriter.write(metadata: [], tensors: [tensor], to: url)
    var file = try Data(contentsOf: url)
    // The one tensor ends the file, but for what fills it up.
    let start = file.count - (bytes.count + 31) / 32 * 32
    file.replaceSubrange(start..<start + bytes.count, with: bytes)
    try file.write(to: url)
    return try GGUFFile(contentsOf: url).tensor(named: "x").dequantized()
  }
}
