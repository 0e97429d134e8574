import DMoELabel
import DMoERM
import Foundation

/// A judge in the program itself: anything that completes a chat can stand here. This one prefers the longer response,
/// which it finds between the prompt's fences.
struct LongerIsBetter: LanguageModelClient {
  func complete(_ request: CompletionRequest) async throws -> CompletionReply {
    let text = request.messages.map(\.content).joined(separator: "\n")
    let place = { (response: String) in text.range(of: response)?.lowerBound ?? text.endIndex }
    let shown = responses.sorted { place($0) < place($1) }
    return CompletionReply(text: shown[0].count > shown[1].count ? "1" : "2")
  }

  let responses: [String]
}

/// Labels a pair at two capability points and prints what training would read.
@main
struct LabelInCode {
  static func main() async throws {
    let responses = ["That sounds hard. Do you want to tell me what happened?", "Cheer up."]
    // Ranks are not known yet; a weight of 0 says so.
    let sample = try RankedResponses(
      id: "hello", conversation: "I had a bad day.", responses: responses, ranks: [1, 1], category: "chat", weight: 0)
    let plan = try ComparisonPlan(
      samples: [sample], taxonomy: .paper, points: ["empathy", "proactivity"])

    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("label-in-code-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let journal = try LabelJournal(at: folder.appendingPathComponent("journal.jsonl"))

    let judge = PairwiseJudge(client: LongerIsBetter(responses: responses), model: "longer-is-better")
    let labeler = PreferenceLabeler(judges: [judge])
    let end = try await labeler.run(plan, journal: journal)
    for label in try labeler.result(of: plan, journal: journal, after: end).labels {
      print(label.capability ?? "overall", label.ranks, label.annotator ?? "", separator: "\t")
    }
  }
}
