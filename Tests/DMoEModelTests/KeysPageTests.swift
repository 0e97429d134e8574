import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Docs/Keys.md, the tables in the code, and what the readers do say the same.
@Suite struct KeysPageTests {
  /// One row of a table of the page.
  struct Row: Sendable {
    var key: String
    var treatment: String
    /// The members of an object with the key, and what goes with it.
    var members: String
    /// The model whose file they are set in; `nil` for that of the table.
    var model: String?
  }

  /// The rows under a heading of the page.
  static func rows(_ heading: String) throws -> [Row] {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Docs/Keys.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let sections = text.components(separatedBy: "\n## ")
    let found = sections.first { $0.hasPrefix(heading + "\n") }
    let section = try #require(found, "no section \(heading)")
    return section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
      let cells = line.components(separatedBy: " | ")
      func code(_ cell: String) -> String { cell.trimmingCharacters(in: CharacterSet(charactersIn: "| `")) }
      let tried = cells[2].components(separatedBy: "` in `").map(code)
      return Row(
        key: code(cells[0]), treatment: cells[1], members: tried[0], model: tried.count > 1 ? tried[1] : nil)
    }
  }

  private func check(_ table: KeyTable, _ heading: String, naming: (String) -> String = { $0 }) throws {
    let rows = try Self.rows(heading)
    #expect(rows.map { naming($0.key) }.sorted() == table.keys)
    for row in rows {
      let expected =
        switch table.treatment(of: naming(row.key)) {
        case .honored: "honored"
        case .refused: "refused"
        case .withoutEffect: "no effect"
        case nil: "unknown"
        }
      #expect(row.treatment == expected, "\(row.key)")
    }
  }

  @Test func thePageHasTheTablesOfTheCode() throws {
    try check(.huggingFace, "config.json")
    try check(.rotary, "rope_parameters and rope_scaling")
    try check(.rotaryByLayer, "rope_parameters of Gemma 3")
    try check(.pictures, "config.json of Gemma 3 with pictures")
    try check(.gguf("llama"), "GGUF metadata") { $0.replacingOccurrences(of: "{arch}", with: "llama") }
    let gemma = try Self.rows("GGUF metadata of Gemma 3")
    #expect(gemma.map(\.key).sorted() == KeyTable.ggufOfGemma.sorted())
    let table = KeyTable.gguf("gemma3")
    for row in gemma {
      guard case .honored = table.treatment(of: row.key.replacingOccurrences(of: "{arch}", with: "gemma3")) else {
        Issue.record("\(row.key)")
        continue
      }
    }
    try check(.adapter, "adapter_config.json")
    try check(.tokenizer, "tokenizer_config.json")
  }

  /// Reads with the row's members and without the key, and compares what comes of it with what the row says.
  ///
  /// - Parameter outcome: What there is to see of a file that was read with these members set, or the error.
  private func check(
    _ row: Row, architecture: String = "llama", _ outcome: ([String: Any]) throws -> String
  ) throws {
    let data = Data("{\(row.members)}".utf8)
    let members = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any], "\(row.members)")
    let prefix = row.key.replacingOccurrences(of: "{arch}", with: architecture)
      .replacingOccurrences(of: "*", with: "")
    let found = members.keys.first { $0 == prefix || row.key.hasSuffix("*") && $0.hasPrefix(prefix) }
    let key = try #require(found, "\(row.members)")
    let with = try outcome(members)
    let without = try outcome(members.filter { $0.key != key })
    switch row.treatment {
    case "honored": #expect(with != without, "\(row.key) changes nothing: \(with)")
    case "refused":
      #expect(with.contains(key) && with.hasPrefix("error: "), "\(row.key) is not refused: \(with)")
      #expect(!without.hasPrefix("error: "), "\(without)")
    default:
      #expect(with == without, "\(row.key)")
      #expect(!with.hasPrefix("error: "), "\(with)")
    }
  }

  private func described(_ body: () throws -> String) -> String {
    do { return try body() } catch { return "error: \(error)" }
  }

  private func facts(_ backbone: Backbone) throws -> String {
    let state = try backbone.hiddenState(ofLast: [5, 9, 17])
    let head = described { "\(Array(try backbone.languageModelHead(.reference).dense().elements.prefix(3)))" }
    let tokenizer = backbone.tokenizer.map {
      "\($0.fingerprint) \($0.bosID ?? -1) \($0.eosID ?? -1) \($0.padID ?? -1)"
    }
    return "\(backbone.configuration) \(state) \(head) \(tokenizer ?? "none") unread \(backbone.unreadKeys)"
  }

  @Test(arguments: try rows("config.json"))
  func configurationsAreReadAsThePageSays(row: Row) throws {
    try check(row) { members in
      try ModelFixture.folder.withCopy(of: row.model ?? "llama") { folder in
        try editJSON(folder.appendingPathComponent("config.json")) { $0.merge(members) { $1 } }
      } _: { folder in
        described { try facts(Backbone(contentsOf: folder)) }.replacingOccurrences(of: folder.path, with: "")
      }
    }
  }

  @Test(arguments: try rows("rope_parameters and rope_scaling"))
  func rotarySettingsAreReadAsThePageSays(row: Row) throws {
    try check(row) { members in
      try ModelFixture.folder.withCopy(of: row.model ?? "llama") { folder in
        var rope: [String: Any] = [
          "rope_type": "llama3", "rope_theta": 10_000, "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
          "original_max_position_embeddings": 64,
        ]
        rope.merge(members) { $1 }
        try editJSON(folder.appendingPathComponent("config.json")) { $0["rope_parameters"] = rope }
      } _: { folder in
        described { try facts(Backbone(contentsOf: folder)) }.replacingOccurrences(of: folder.path, with: "")
      }
    }
  }

  @Test(arguments: try rows("rope_parameters of Gemma 3"))
  func rotarySettingsOfGemmaAreReadAsThePageSays(row: Row) throws {
    try check(row) { members in
      try ModelFixture.folder.withCopy(of: "gemma3") { folder in
        try editJSON(folder.appendingPathComponent("config.json")) { $0["rope_parameters"] = members }
      } _: { folder in
        described { try facts(Backbone(contentsOf: folder)) }.replacingOccurrences(of: folder.path, with: "")
      }
    }
  }

  @Test(arguments: try rows("config.json of Gemma 3 with pictures"))
  func configurationsAroundATextPartAreReadAsThePageSays(row: Row) throws {
    try check(row) { members in
      try ModelFixture.folder.withCopy(of: "gemma3") { folder in
        try editJSON(folder.appendingPathComponent("config.json")) { text in
          text["tie_word_embeddings"] = nil
          text = ["model_type": "gemma3", "text_config": text]
          text.merge(members) { $1 }
        }
      } _: { folder in
        described { try facts(Backbone(contentsOf: folder)) }.replacingOccurrences(of: folder.path, with: "")
      }
    }
  }

  @Test(arguments: try rows("GGUF metadata of Gemma 3"))
  func metadataOfGemmaIsReadAsThePageSays(row: Row) throws {
    try check(row, architecture: "gemma3") { members in
      try withTemporaryFolder { folder in
        let url = folder.appendingPathComponent("model.gguf")
        try GGUFEdit.setting(members, in: ModelFixture.folder.data("gemma3/gemma3.f32.gguf")).write(to: url)
        return described { try facts(Backbone(contentsOf: url)) }.replacingOccurrences(of: folder.path, with: "")
      }
    }
  }

  @Test(arguments: try rows("GGUF metadata"))
  func metadataIsReadAsThePageSays(row: Row) throws {
    try check(row) { members in
      try withTemporaryFolder { folder in
        let url = folder.appendingPathComponent("model.gguf")
        try GGUFEdit.setting(members, in: ModelFixture.folder.data("llama/llama.f32.gguf")).write(to: url)
        return described { try facts(Backbone(contentsOf: url)) }.replacingOccurrences(of: folder.path, with: "")
      }
    }
  }

  @Test(arguments: try rows("adapter_config.json"))
  func adaptersAreReadAsThePageSays(row: Row) throws {
    let configuration = try ModelFixture.backbone("llama").configuration
    try check(row) { members in
      try ModelFixture.folder.withCopy(of: "llama/adapters/qv-reward") { folder in
        try editJSON(folder.appendingPathComponent("adapter_config.json")) { $0.merge(members) { $1 } }
      } _: { folder in
        described {
          let (adapter, head) = try LoRAAdapter.read(folder, for: configuration, stateSize: nil)
          var text = "\(head?.elements.first ?? 0)"
          adapter.forEachModule { layer, projection, module in
            text += " \(layer) \(projection) \(module.a.value.rows) \(module.scaling) \(module.dropout)"
          }
          return text
        }.replacingOccurrences(of: folder.path, with: "")
      }
    }
  }

  @Test(arguments: try rows("tokenizer_config.json"))
  func tokenizerConfigurationsAreReadAsThePageSays(row: Row) throws {
    try check(row) { members in
      try withTemporaryFolder { folder in
        let url = folder.appendingPathComponent("tokenizer.json")
        try ModelFixture.folder.data("llama/tokenizer.json").write(to: url)
        try JSONSerialization.data(withJSONObject: members)
          .write(to: folder.appendingPathComponent("tokenizer_config.json"))
        return described {
          let tokenizer = try Tokenizer(tokenizerJSON: url)
          return "\(tokenizer.fingerprint) \(tokenizer.bosID ?? -1) \(tokenizer.eosID ?? -1) \(tokenizer.padID ?? -1)"
        }
      }
    }
  }

  @Test func keysThatNobodyKnowsAreTold() throws {
    try ModelFixture.folder.withCopy(of: "llama") { folder in
      try editJSON(folder.appendingPathComponent("config.json")) {
        $0["residual_multiplier"] = 0.5
        $0["rope_scaling"] = ["type": "linear", "factor": 2.0, "wobble": 3]
      }
    } _: { folder in
      let backbone = try Backbone(contentsOf: folder)
      #expect(backbone.unreadKeys == ["residual_multiplier", "rope_scaling.wobble"])
    }
    #expect(try ModelFixture.backbone("llama").unreadKeys == [])
    #expect(try ModelFixture.backbone("llama/llama.f32.gguf").unreadKeys == [])
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.gguf")
      try GGUFEdit.setting(["llama.wobble": 3], in: ModelFixture.folder.data("llama/llama.f32.gguf")).write(to: url)
      #expect(try Backbone(contentsOf: url).unreadKeys == ["llama.wobble"])
    }
  }
}
