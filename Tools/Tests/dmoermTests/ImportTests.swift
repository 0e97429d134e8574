import Foundation
import Testing

@testable import dmoerm

/// Published reward models as bundles.
@Suite struct ImportTests {
  private static let classifiers = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Tests/DMoEModelTests/Fixtures/classifiers")

  private struct Expected: Decodable {
    struct Text: Decodable {
      var turns: [[String]]
      var response: String
    }
    var conversations: [Text]
    var rewards: [Double]
  }

  @Test func anImportedModelScoresAsTransformersDoes() throws {
    let scratch = try Scratch()
    let folder = Self.classifiers.appendingPathComponent("llama")
    let made = try scratch.run("import", folder.path, "--template", "llama-3", "--output", "my.dmoerm")
    #expect(made.status == 0, "\(made.error)")
    #expect(made.output.contains("LlamaForSequenceClassification") && made.output.contains("score.weight"))
    let expected = try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
    for (text, reward) in zip(expected.conversations, expected.rewards) where text.turns.count == 1 {
      // No backbone is named: the bundle knows the folder.
      let run = try scratch.run(
        "score", "--model", "my.dmoerm", "--prompt", text.turns[0][1], "--response", text.response, "--json")
      let line = try JSONDecoder().decode([String: JSONValue].self, from: Data(run.output.utf8))
      guard case .number(let found)? = line["reward"] else {
        Issue.record("\(run.output) \(run.error)")
        continue
      }
      #expect(abs(found - reward) < 1e-5 * max(1, abs(reward)))
    }
  }
}
