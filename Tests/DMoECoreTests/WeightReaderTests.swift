import DMoECore
import Foundation
import Testing
import _TestSupport

struct WeightReaderTests {
  /// Keeps the folder while its file is read.
  private struct Fixture {
    let folder: TemporaryFolder
    let path: String
    let reader: WeightReader
  }

  private func fixture() throws -> Fixture {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a.safetensors")
    try SafetensorsWriter.write(
      [
        ("model.layers.0.up.weight", [2, 3], Matrix(2, 3, [1, 2, 3, 4, 5, 6])),
        ("model.layers.0.norm.weight", [3], Matrix(row: [1, 1, 1])),
        ("model.layers.01.norm.weight", [3], Matrix(row: [2, 2, 2])),
        ("score.weight", [1, 3], Matrix(row: [7, 8, 9])),
      ], to: url)
    return Fixture(folder: folder, path: url.path, reader: WeightReader(try SafetensorsFile(contentsOf: url)))
  }

  @Test func nestedScopesReadByTheFullName() throws {
    let fixture = try fixture()
    let layer = fixture.reader.scope("model").scope("layers.0")
    let up = try layer.tensor("up.weight", shape: [2, 3])
    #expect(up.name == "model.layers.0.up.weight")
    #expect(up.matrix() == Matrix(2, 3, [1, 2, 3, 4, 5, 6]))
    #expect(layer.names == ["norm.weight", "up.weight"])
    #expect(layer.contains("norm.weight"))
    #expect(!layer.contains("down.weight"))
  }

  @Test func aMissingTensorIsNamedInFull() throws {
    let fixture = try fixture()
    #expect(throws: CoreError.missingTensor(name: "model.layers.0.down.weight", path: fixture.path)) {
      _ = try fixture.reader.scope("model.layers.0").tensor("down.weight", shape: [3, 2])
    }
  }

  @Test func aMisshapenTensorShowsBothShapes() throws {
    let fixture = try fixture()
    let error = CoreError.shapeMismatch(
      name: "model.layers.0.up.weight", path: fixture.path, expected: [3, 2], found: [2, 3])
    let layer = fixture.reader.scope("model.layers.0")
    #expect(throws: error) { _ = try layer.tensor("up.weight", shape: [3, 2]) }
    #expect(throws: error) { _ = try layer.optional("up.weight", shape: [3, 2]) }
  }

  @Test func anOptionalTensorMayBeMissing() throws {
    let fixture = try fixture()
    #expect(try fixture.reader.optional("score.bias", shape: [1]) == nil)
    #expect(try fixture.reader.optional("score.weight", shape: [1, 3])?.dequantized() == [7, 8, 9])
  }

  @Test func leftoversAreReportedWhicheverScopeRead() throws {
    let fixture = try fixture()
    let reader = fixture.reader
    _ = try reader.scope("model.layers.0").tensor("up.weight", shape: [2, 3])
    _ = try reader.tensor("score.weight", shape: [1, 3])
    #expect(
      throws: CoreError.leftoverTensors(
        names: ["model.layers.0.norm.weight", "model.layers.01.norm.weight"], path: fixture.path)
    ) { try reader.finish() }
    try reader.finish { $0.hasSuffix("norm.weight") }
    // A scope answers for its own tensors: those of 01 are not below 0.
    #expect(throws: CoreError.leftoverTensors(names: ["model.layers.0.norm.weight"], path: fixture.path)) {
      try reader.scope("model.layers.0").finish()
    }
    _ = try reader.tensor("model.layers.0.norm.weight", shape: [3])
    try reader.scope("model.layers.0").finish()
  }

  @Test func askingOrFailingIsNotReading() throws {
    let fixture = try fixture()
    #expect(fixture.reader.contains("score.weight"))
    #expect(throws: CoreError.self) { _ = try fixture.reader.tensor("score.weight", shape: [3]) }
    #expect(throws: CoreError.leftoverTensors(names: ["score.weight"], path: fixture.path)) {
      try fixture.reader.scope("score").finish()
    }
  }

  @Test func ggufIsReadTheSameWay() throws {
    let reader = WeightReader(try GGUFFile(contentsOf: WeightFixtures.url("alignment64.gguf")))
    _ = try reader.tensor("first", shape: [3])
    #expect(throws: CoreError.leftoverTensors(names: ["second"], path: reader.path)) { try reader.finish() }
    _ = try reader.tensor("second", shape: [7])
    try reader.finish()
  }

  @Test func severalThreadsReadOneFile() throws {
    let fixture = try fixture()
    let reader = fixture.reader
    DispatchQueue.concurrentPerform(iterations: 200) { _ in
      for name in reader.names {
        for shape in [[2, 3], [3], [1, 3]] { _ = try? reader.tensor(name, shape: shape) }
      }
    }
    try reader.finish()
  }
}
