import Foundation
import Testing

@testable import DMoEModel

/// A tokenizer trained by Scripts/fixtures/make_tokenizers.py, with what the `tokenizers` library makes of the texts.
struct TokenizerFixture {
  struct Expected: Decodable {
    struct Decoded: Decodable {
      var ids: [Int32]
      var text: String
    }
    var ids: [[Int32]]
    var idsOfPlainText: [String: [Int32]]
    var size: Int
    var decoded: [Decoded]
  }

  static let names = [
    "gpt2", "smollm", "llama3", "qwen2", "flags", "tekken", "gpt4o", "llama2", "mistral", "gemma", "metaspace",
  ]

  static func folder() throws -> URL {
    try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil)).appendingPathComponent("tokenizers")
  }

  static func texts() throws -> [String] {
    try JSONDecoder().decode([String].self, from: Data(contentsOf: folder().appendingPathComponent("texts.json")))
  }

  static func url(_ name: String) throws -> URL {
    try folder().appendingPathComponent(name).appendingPathComponent("tokenizer.json")
  }

  static func tokenizer(_ name: String) throws -> Tokenizer { try Tokenizer(tokenizerJSON: url(name)) }

  static func expected(_ name: String) throws -> Expected {
    let url = try folder().appendingPathComponent(name).appendingPathComponent("expected.json")
    return try JSONDecoder().decode(Expected.self, from: Data(contentsOf: url))
  }

  /// Reads a fixture's tokenizer.json, lets `edit` change its text, and builds a tokenizer of the result.
  static func edited(_ name: String, _ edit: (String) -> String) throws -> Tokenizer {
    let text = try String(contentsOf: url(name), encoding: .utf8)
    let changed = edit(text)
    try #require(changed != text, "the edit must change the file")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appendingPathComponent("tokenizer.json")
    try changed.write(to: url, atomically: true, encoding: .utf8)
    return try Tokenizer(tokenizerJSON: url)
  }
}
