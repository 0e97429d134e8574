@_spi(Command) import DMoEData
import Foundation
import Testing

/// The table of keys in Docs/Training.md, which is tried key by key.
@Suite struct KeyUseTests {
  private struct Row {
    var read: Set<String>
    var refused: Set<String>
    var noEffect: Set<String>
  }

  private static let table: [String: Row] = {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Docs/Training.md")
    let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    let section = text.components(separatedBy: "### Every key").last ?? ""
    var table: [String: Row] = [:]
    for line in section.split(separator: "\n").drop(while: { !$0.hasPrefix("|---") }).dropFirst() {
      guard line.hasPrefix("|") else { break }
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map {
        $0.replacing("`", with: "").trimmingCharacters(in: .whitespaces)
      }
      func keys(_ cell: Int) -> Set<String> { Set(cells[cell].split(separator: " ").map(String.init)) }
      table[cells[0]] = Row(read: keys(1), refused: keys(2), noEffect: keys(3))
    }
    return table
  }()

  private static let forms: [(name: String, uses: [String: KeyUse])] =
    PreferenceFormat.allCases.map { ($0.rawValue, $0.keyUses) } + [
      ("score --input", KeyUse.scoring), ("message", KeyUse.message),
    ]

  @Test func theTableIsWhatTheReadersGoBy() {
    for (name, uses) in Self.forms {
      let row = Self.table[name]
      #expect(row?.read == Set(uses.keys.filter { uses[$0] == .read }), "\(name)")
      #expect(row?.noEffect == Set(uses.keys.filter { uses[$0] == .noEffect }), "\(name)")
      let refused = uses.keys.filter { if case .refused? = uses[$0] { true } else { false } }
      #expect(row?.refused == Set(refused), "\(name)")
    }
  }

  /// A row of each form, without what may be left out.
  private static let rows: [String: [String: any Sendable]] = [
    "native": ["prompt": "q", "responses": ["u", "v"], "ranks": [1, 2]],
    "trl": ["prompt": "q", "chosen": "u", "rejected": "v"],
    "messagePairs": ["messages": [["role": "user", "content": "q"]], "chosen": "u", "rejected": "v"],
    "mtmc": ["src": ["q"], "response": ["u", "v"], "rank": [1, 2]],
    "prompts": ["prompt": "q"],
    "score --input": ["prompt": "q", "response": "u"],
  ]

  /// Values that say something else than the rows above.
  private static let values: [String: any Sendable] = [
    "id": "x1", "margin": 2, "weight": 2, "probability": 0.9, "capabilities": ["p": [1, 2]], "ranks": [2, 1],
    "rank": [2, 1], "responses": ["w", "x"], "src": ["other"], "tgt": ["x"],
    "messages": [["role": "user", "content": "other"]], "conversation": [["role": "user", "content": "other"]],
  ]

  @Test func keysThatAreReadChangeWhatIsRead() throws {
    for (form, row) in Self.rows {
      let plain = try outcome(form, row)
      #expect(!plain.text.contains("refused"), "\(form): \(plain.text)")
      for key in Self.table[form]?.read ?? [] {
        var more = row
        more[key] = Self.values[key] ?? "other"
        #expect(try outcome(form, more).text != plain.text, "\(form): \(key)")
      }
    }
  }

  @Test func keysThatWouldChangeWhatIsReadAreRefusedByName() throws {
    for (form, row) in Self.rows {
      for key in Self.table[form]?.refused ?? [] {
        var more = row
        more[key] = ["x"]
        #expect(try outcome(form, more).text.hasPrefix("refused: \"\(key)\" "), "\(form): \(key)")
        // An empty one says nothing.
        let plain = try outcome(form, row)
        more[key] = [String]()
        if !["responses", "ranks"].contains(key) {
          #expect(try outcome(form, more).text == plain.text, "\(form): \(key)")
        }
      }
    }
  }

  @Test func otherKeysChangeNothingAndAreTold() throws {
    for (form, row) in Self.rows {
      let plain = try outcome(form, row)
      for key in Self.table[form]?.noEffect ?? [] {
        #expect(try outcome(form, row.merging([key: "x"]) { $1 }) == plain, "\(form): \(key)")
      }
      let other = try outcome(form, row.merging(["zz": "x"]) { $1 })
      if form == "native" {
        #expect(other.text == #"refused: unknown key "zz""#)
      } else {
        #expect(other.text == plain.text && other.keysNotRead == ["zz"], "\(form)")
      }
    }
  }

  private struct Outcome: Equatable {
    var text: String
    var keysNotRead: [String] = []
  }

  private func outcome(_ form: String, _ row: [String: any Sendable]) throws -> Outcome {
    let text = String(decoding: try JSONSerialization.data(withJSONObject: row), as: UTF8.self)
    if form == "score --input" { return try scoringOutcome(text) }
    let options = ReadingOptions(format: PreferenceFormat(rawValue: form))
    do {
      if form == "prompts" {
        let found = try PromptReader.readAll(lines(text), options: options)
        return Outcome(text: "\(found.prompts)", keysNotRead: found.report.keysNotRead)
      }
      let found = try PreferenceReader.readAll(lines(text), options: options)
      return Outcome(text: "\(found.samples)", keysNotRead: found.report.keysNotRead)
    } catch DataError.badLine(_, _, let reason) {
      return Outcome(text: "refused: \(reason)")
    }
  }

  private func scoringOutcome(_ text: String) throws -> Outcome {
    var reader = ScoringReader(lines(text))
    let line = try reader.next()
    let keys = reader.keysNotRead
    switch line?.row {
    case .success(let row)?: return Outcome(text: "\(line?.id ?? "-") \(row)", keysNotRead: keys)
    case .failure(let error)?: return Outcome(text: "refused: \(error)")
    case nil: return Outcome(text: "nothing")
    }
  }
}
