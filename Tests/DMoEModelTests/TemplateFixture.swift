import Foundation
import Testing

@testable import DMoEModel

/// What transformers makes of conversations by published templates (Scripts/fixtures/make_templates.py).
struct TemplateFixture: Decodable {
  struct Turn: Decodable {
    var role: String
    var content: String
  }

  struct Template: Decodable {
    var bos: String
    var eos: String
    var fingerprints: [String]
    /// One a conversation; `nil` where the template refuses it.
    var texts: [String?]
  }

  var conversations: [[Turn]]
  var templates: [String: Template]

  static func read() throws -> TemplateFixture {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let url = folder.appendingPathComponent("templates/rendered.json")
    return try JSONDecoder().decode(TemplateFixture.self, from: Data(contentsOf: url))
  }

  /// The conversations as a template takes them: what is answered, and the response.
  var dialogues: [(turns: [(role: String, content: String)], response: String)] {
    conversations.map { turns in
      (turns.dropLast().map { ($0.role, $0.content) }, turns.last?.content ?? "")
    }
  }
}

extension TokenizerFixture {
  /// The vocabulary of a fixture with control tokens of its own.
  static func tokenizer(_ name: String, adding tokens: [String]) throws -> Tokenizer {
    let tokens = tokens.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let size = try tokenizer(name).vocabularySize
    let own = try tokenizer(name)
    let added = tokens.filter { own.tokenID(of: $0) == nil }.enumerated().map { index, token in
      #"{"id":\#(size + index),"content":\#(String(decoding: (try? JSONEncoder().encode(token)) ?? Data(), as: UTF8.self)),"#
        + #""single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}"#
    }
    guard !added.isEmpty else { return own }
    return try edited(name) {
      $0.replacingOccurrences(of: #""added_tokens":["#, with: #""added_tokens":["# + added.joined(separator: ",") + ",")
    }
  }
}
