import DMoECore
import Foundation
import Testing

struct GGUFFileTests {
  private func fixture() throws -> GGUFFile { try GGUFFile(contentsOf: WeightFixtures.url("formats.gguf")) }

  private static let formats: [(name: String, format: WeightFormat)] = [
    ("bf16", .bf16), ("f16", .f16), ("f32", .f32), ("f64", .f64), ("q2_k", .q2_K), ("q3_k", .q3_K), ("q4_0", .q4_0),
    ("q4_1", .q4_1), ("q4_k", .q4_K), ("q5_0", .q5_0), ("q5_1", .q5_1), ("q5_k", .q5_K), ("q6_k", .q6_K),
    ("q8_0", .q8_0),
  ]

  /// Exactly: both do the same single-precision operations, and ours do not fuse them.
  @Test func everyFormatGivesTheFloatsOfGgmlsPython() throws {
    let file = try fixture()
    var expected = try WeightFixtures.expected("formats.gguf")[...]
    for (name, format) in Self.formats {
      let tensor = try file.tensor(named: name)
      #expect(tensor.format == format)
      #expect(tensor.rows == 3)
      #expect(tensor.dequantized().bits == Array(expected.prefix(tensor.count)).bits, "\(name)")
      expected = expected.dropFirst(tensor.count)
    }
    #expect(expected.isEmpty)
    #expect(
      Set(Self.formats.map(\.format) + [.iq4_nl, .iq4_xs]) == Set(WeightFormat.allCases.filter(\.isReadable)))
  }

  /// The two 4-bit formats whose quants stand for the values of a table.
  @Test func codebookFormatsGiveTheFloatsOfGgmlsPython() throws {
    let file = try GGUFFile(contentsOf: WeightFixtures.url("codebooks.gguf"))
    var expected = try WeightFixtures.expected("codebooks.gguf")[...]
    for (name, format) in [("iq4_nl", WeightFormat.iq4_nl), ("iq4_xs", .iq4_xs)] {
      let tensor = try file.tensor(named: name)
      #expect(tensor.format == format && tensor.rows == 3)
      #expect(tensor.dequantized().bits == Array(expected.prefix(tensor.count)).bits, "\(name)")
      expected = expected.dropFirst(tensor.count)
    }
    #expect(expected.isEmpty)
  }

  @Test func scalarsOfEveryTypeAreRead() throws {
    let file = try fixture()
    #expect(try file.integer("test.uint8") == 200)
    #expect(try file.integer("test.int8") == -100)
    #expect(try file.integer("test.uint16") == 60_000)
    #expect(try file.integer("test.int16") == -30_000)
    #expect(try file.integer("test.uint32") == 4_000_000_000)
    #expect(try file.integer("test.int32") == -2_000_000_000)
    #expect(try file.integer("test.int64") == -(1 << 62))
    #expect(try file.float("test.float32") == 1e-5)
    #expect(try file.float("test.float64") == 0.1)
    #expect(try file.bool("test.bool"))
    #expect(try file.string("test.string") == "Grüße, 世界 🙂")
    #expect(try file.string("general.architecture") == "test")
  }

  @Test func listsAreRead() throws {
    let file = try fixture()
    #expect(try file.strings("test.strings") == ["a", "Ġthe", "", "naïve 🙂"])
    #expect(try file.integers("test.integers") == [3, -1, 7])
    #expect(try file.floats("test.floats") == [0.5, -1.25])
  }

  @Test func aMissingKeyIsNamedOrNone() throws {
    let file = try fixture()
    #expect(malformedReason { try file.string("test.none") } == "it has no test.none")
    #expect(malformedReason { try file.strings("test.none") } == "it has no test.none")
    #expect(try file.stringIfPresent("test.none") == nil)
    #expect(try file.integerIfPresent("test.none") == nil)
    #expect(try file.floatIfPresent("test.none") == nil)
    #expect(try file.boolIfPresent("test.none") == nil)
    #expect(try file.stringsIfPresent("test.none") == nil)
    #expect(try file.integersIfPresent("test.none") == nil)
    #expect(try file.floatsIfPresent("test.none") == nil)
  }

  @Test func aValueOfAnotherTypeIsNamedAlsoWhereItMayBeMissing() throws {
    let file = try fixture()
    #expect(malformedReason { try file.string("test.bool") } == "test.bool is a bool, not a string")
    #expect(malformedReason { try file.stringIfPresent("test.bool") }.contains("test.bool"))
    #expect(malformedReason { try file.integer("test.float32") }.contains("test.float32 is a float"))
    #expect(malformedReason { try file.integer("test.uint64") }.contains("test.uint64"))
    #expect(malformedReason { try file.float("test.uint8") }.contains("test.uint8"))
    #expect(malformedReason { try file.bool("test.string") }.contains("test.string"))
    #expect(malformedReason { try file.strings("test.integers") }.contains("test.integers"))
    #expect(malformedReason { try file.integers("test.strings") }.contains("test.strings is an array of 4 string"))
    #expect(malformedReason { try file.floats("test.float32") }.contains("test.float32"))
  }

  @Test func integersAreListedButAreNoWeights() throws {
    let file = try fixture()
    #expect(file.format(of: "integers") == .i32)
    #expect(throws: CoreError.unsupportedTensorType(name: "integers", path: file.path, type: "i32")) {
      _ = try file.tensor(named: "integers")
    }
  }

  @Test func aMissingTensorIsNamed() throws {
    let file = try fixture()
    #expect(throws: CoreError.missingTensor(name: "x", path: file.path)) { _ = try file.tensor(named: "x") }
  }

  @Test func theFilesOwnAlignmentIsUsed() throws {
    let file = try GGUFFile(contentsOf: WeightFixtures.url("alignment64.gguf"))
    #expect(try file.integer("general.alignment") == 64)
    #expect(try file.tensor(named: "first").dequantized() == [0, 1, 2])
    #expect(try file.tensor(named: "second").dequantized() == [3, 4, 5, 6, 7, 8, 9])
  }
}
