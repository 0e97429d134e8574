import DMoECore
import Foundation
import Testing
import _TestSupport

struct SafetensorsFileTests {
  @Test func everyFloatFormatGivesTorchsFloats() throws {
    let file = try SafetensorsFile(contentsOf: WeightFixtures.url("formats.safetensors"))
    var found: [Float] = []
    for name in file.names where file.format(of: name)?.isReadable == true {
      found += try file.tensor(named: name).dequantized()
    }
    #expect(found.bits == (try WeightFixtures.expected("formats.safetensors")).bits)
    #expect(found.count > 100)
  }

  @Test func shapesAreTorchs() throws {
    let file = try SafetensorsFile(contentsOf: WeightFixtures.url("formats.safetensors"))
    #expect(try file.tensor(named: "cube").shape == [2, 3, 4])
    #expect(try file.tensor(named: "number").shape == [])
    #expect(try file.tensor(named: "number").matrix() == Matrix(1, 1, [2.5]))
    #expect(try file.tensor(named: "no rows").matrix() == Matrix(zeros: 0, 4))
    #expect(try file.tensor(named: "vector \"quoted\" é").shape == [5])
    #expect(try file.tensor(named: "bf16").format == .bf16)
  }

  @Test func metadataKeepsItsEscapes() throws {
    let file = try SafetensorsFile(contentsOf: WeightFixtures.url("formats.safetensors"))
    #expect(file.metadata == ["format": "pt", "note": "line\n\"quoted\" 世界"])
  }

  @Test func integersAreListedButAreNoWeights() throws {
    let url = try WeightFixtures.url("formats.safetensors")
    let file = try SafetensorsFile(contentsOf: url)
    #expect(file.names.contains("i64"))
    #expect(file.format(of: "bool") == .bool)
    #expect(throws: CoreError.unsupportedTensorType(name: "i64", path: url.path, type: "i64")) {
      _ = try file.tensor(named: "i64")
    }
  }

  @Test func aMissingTensorIsNamed() throws {
    let url = try WeightFixtures.url("formats.safetensors")
    let file = try SafetensorsFile(contentsOf: url)
    #expect(throws: CoreError.missingTensor(name: "f33", path: url.path)) { _ = try file.tensor(named: "f33") }
  }
}

struct SafetensorsCollectionTests {
  @Test func shardsReadAsOneFile() throws {
    let set = try SafetensorsCollection(folder: WeightFixtures.url("sharded"))
    #expect(set.names == ["model.embed.weight", "model.layers.0.up.weight", "model.norm.weight"])
    #expect(try set.tensor(named: "model.embed.weight").matrix() == Matrix(3, 2, (0..<6).map(Float.init)))
    #expect(try set.tensor(named: "model.layers.0.up.weight").matrix() == Matrix(4, 2, (0..<8).map(Float.init)))
    #expect(set.path.hasSuffix("model.safetensors.index.json"))
  }

  /// A copy of the sharded set in which a test may break something.
  private func copy() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let source = try WeightFixtures.url("sharded")
    for name in try FileManager.default.contentsOfDirectory(atPath: source.path) {
      _ = try folder.file(name, Data(contentsOf: source.appendingPathComponent(name)))
    }
    return folder
  }

  private func editIndex(_ folder: TemporaryFolder, _ old: String, _ new: String) throws {
    let url = folder.url.appendingPathComponent("model.safetensors.index.json")
    let text = try String(contentsOf: url, encoding: .utf8)
    try #require(text.contains(old))
    try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: url)
  }

  @Test func aMissingShardIsNamed() throws {
    let folder = try copy()
    let shard = folder.url.appendingPathComponent("model-00002-of-00002.safetensors")
    try FileManager.default.removeItem(at: shard)
    let error = #expect(throws: CoreError.self) { _ = try SafetensorsCollection(folder: folder.url) }
    guard case .unreadableFile(shard.path, let reason)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("shard is missing"))
  }

  /// A tied head is listed by some writers and written by none.
  @Test func whatOnlyTheIndexHasIsMissingForWhoAsksForIt() throws {
    let folder = try copy()
    try editIndex(folder, "model.norm.weight", "lm_head.weight")
    let set = try SafetensorsCollection(folder: folder.url)
    #expect(!set.contains("lm_head.weight"))
    #expect(throws: CoreError.missingTensor(name: "lm_head.weight", path: set.path)) {
      _ = try set.tensor(named: "lm_head.weight")
    }
    // What only a shard has is there.
    #expect(try set.tensor(named: "model.norm.weight").matrix() == Matrix(row: [1, 1]))
  }

  @Test func theIndexSaysWhichOfTwoShardsIsRead() throws {
    let folder = try copy()
    let second = folder.url.appendingPathComponent("model-00002-of-00002.safetensors")
    try SafetensorsWriter.write(
      [("model.embed.weight", [1], Matrix(row: [7])), ("model.norm.weight", [1], Matrix(row: [8]))], to: second)
    let set = try SafetensorsCollection(folder: folder.url)
    #expect(try set.tensor(named: "model.embed.weight").shape == [3, 2])
    try editIndex(
      folder, #""model.embed.weight": "model-00001-of-00002.safetensors""#, #""a": "model-00001-of-00002.safetensors""#)
    let reason = malformedReason { try SafetensorsCollection(folder: folder.url) }
    #expect(reason.contains("model.embed.weight") && reason.contains("00001") && reason.contains("00002"), "\(reason)")
  }

  @Test func anIndexCannotNameFilesOfOtherFolders() throws {
    let folder = try copy()
    try editIndex(folder, "model-00001-of-00002.safetensors", "../model-00001-of-00002.safetensors")
    #expect(malformedReason { try SafetensorsCollection(folder: folder.url) }.contains("name of a file beside it"))
  }

  @Test func anIndexThatIsNoIndexIsMalformed() throws {
    for text in ["{", "{}", "[]", #"{"weight_map":{"a":1}}"#] {
      let folder = try TemporaryFolder()
      _ = try folder.file("model.safetensors.index.json", Data(text.utf8))
      #expect(malformedReason { try SafetensorsCollection(folder: folder.url) }.contains("weight_map"))
    }
  }

  @Test func theSingleFileComesFirst() throws {
    let folder = try copy()
    try SafetensorsWriter.write(
      [("only", [1], Matrix(row: [1]))], to: folder.url.appendingPathComponent("model.safetensors"))
    #expect(try SafetensorsCollection(folder: folder.url).names == ["only"])
  }

  @Test func anEmptyFolderHoldsNoCheckpoint() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: CoreError.self) {
      _ = try SafetensorsCollection(folder: folder.url, name: "adapter_model")
    }
    guard case .unreadableFile(_, let reason)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("adapter_model.safetensors"))
  }
}
