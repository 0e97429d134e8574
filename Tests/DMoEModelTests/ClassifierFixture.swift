import DMoECore
import DMoEData
import DMoEModel
import Foundation
import Testing
import _TestSupport

/// The tiny published reward models of Fixtures/classifiers and what transformers gives with them.
struct ClassifierFixture: Sendable {
  static let root = FixtureFolder(.module, "classifiers")
  static let names = ["llama", "llama-bf16", "qwen2", "qwen3"]

  struct Expected: Decodable {
    struct Text: Decodable {
      var turns: [[String]]
      var response: String
      var ids: [Int32]
    }
    struct Tensor: Decodable {
      var shape: [Int]
      var values: [Float]
    }
    struct Variant: Decodable {
      var name: String
      /// The keys that are set, as JSON; null takes one out.
      var config: String
      var heads: [String: Tensor]
      var logits: [[Float]]
      /// Of every text, where the head has several objectives.
      var objectives: [[Float]]?
    }
    /// The same conversations through another template.
    struct Template: Decodable {
      var name: String
      var ids: [[Int32]]
      var rewards: [Float]
    }
    var conversations: [Text]
    var rewards: [Float]
    var variants: [Variant]
    var templates: [Template]
  }

  let name: String
  let expected: Expected

  init(_ name: String) throws {
    self.name = name
    expected = try Self.root.decode(Expected.self, "\(name)/expected.json")
  }

  var url: URL { Self.root.url(name) }

  var isLlama: Bool { name.hasPrefix("llama") }

  /// The conversations with their responses.
  func candidates() throws -> [Candidate] {
    try expected.conversations.map { text in
      let turns = try text.turns.map { turn in
        Message(role: try #require(Message.Role(rawValue: turn[0])), content: turn[1])
      }
      return Candidate(conversation: try Conversation(turns), response: text.response)
    }
  }

  func variant(_ name: String) throws -> Expected.Variant {
    try #require(expected.variants.first { $0.name == name })
  }

  /// The folder with some keys of config.json and some head tensors replaced, as long as `body` runs.
  func withFolder(
    config: String = "{}", heads: [String: Expected.Tensor] = [:], _ body: (URL) throws -> Void
  ) throws {
    try withTemporaryFolder { scratch in
      let folder = scratch.appendingPathComponent(name)
      try FileManager.default.copyItem(at: url, to: folder)
      let file = folder.appendingPathComponent("config.json")
      var fields = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
      let changes = try #require(JSONSerialization.jsonObject(with: Data(config.utf8)) as? [String: Any])
      for (key, value) in changes { fields[key] = value is NSNull ? nil : value }
      try JSONSerialization.data(withJSONObject: fields).write(to: file)
      if !heads.isEmpty { try Self.replaceHead(of: folder, with: heads) }
      try body(folder)
    }
  }

  func withFolder(_ variant: Expected.Variant, _ body: (URL) throws -> Void) throws {
    try withFolder(config: variant.config, heads: variant.heads, body)
  }

  private static func replaceHead(of folder: URL, with heads: [String: Expected.Tensor]) throws {
    let url = folder.appendingPathComponent("model.safetensors")
    let file = try SafetensorsFile(contentsOf: url)
    let kept = try file.names.filter { $0 != "score.weight" }.map { name in
      let tensor = try file.tensor(named: name)
      return (name: name, shape: tensor.shape, values: tensor.matrix())
    }
    // An empty name takes the head out and puts none in its place.
    let new = heads.filter { !$0.key.isEmpty }.map { name, tensor in
      (name: name, shape: tensor.shape, values: Matrix(row: tensor.values))
    }
    try SafetensorsWriter.write(kept + new, metadata: ["format": "pt"], to: url)
  }

  /// Records an issue unless the model's rewards of the conversations are these, to 1e-5 of the greatest.
  func expectRewards(
    _ model: RewardModel, _ rewards: [Float], _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    expectClose(
      try model.scores(of: candidates()), rewards, 1e-5, "\(name) \(what)", sourceLocation: sourceLocation)
  }
}
