@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import dmoerm

/// `dmoerm cluster`, as a whole program.
@Suite struct ClusterTests {
  private func rows(_ count: Int) -> String {
    (0..<count).map { index in
      let prompt = index.isMultiple(of: 2) ? "Write the function sum\(index)(a, b)." : "A poem about the sea, \(index)"
      let capability = index.isMultiple(of: 3) ? #""capability":"correctness","# : ""
      return #"{"id":"r\#(index)","prompt":"\#(prompt)","category":"given",\#(capability)"#
        + #""responses":["yes, surely","no \#(index)"],"ranks":[1,2]}"# + "\n"
    }.joined()
  }

  private func program(_ arguments: [String], _ scratch: Scratch) throws -> Program {
    try Program(
      ["cluster", "--backbone", Program.backbone, "--threads", "1", "--samples", "rows.jsonl"] + arguments,
      folder: scratch.url)
  }

  @Test func rowsAreWrittenWithTheirClusterAndCanBeTrainedOn() throws {
    let scratch = try Scratch()
    try scratch.write(rows(40), to: "rows.jsonl")
    let run = try program(["--count", "2", "--out", "clustered.jsonl"], scratch)
    #expect(run.status == 0, "\(run.error)")
    // The word that all prompts of one cluster have and no other's, before those that both have.
    #expect(run.output.contains(": about, poem, sea") || run.output.contains(": function, write"), "\(run.output)")
    for word in ["cluster-1", "cluster-2", "silhouette", "stability", "agreement", "--taxonomy inferred"] {
      #expect(run.output.contains(word), "\(word)")
    }
    let given = try PreferenceReader.readAll(contentsOf: scratch.url.appendingPathComponent("rows.jsonl")).samples
    let rows = try PreferenceReader.readAll(contentsOf: scratch.url.appendingPathComponent("clustered.jsonl")).samples
    #expect(rows.map(\.responses) == given.map(\.responses) && rows.map(\.capability) == given.map(\.capability))
    #expect(Set(rows.map(\.category)) == ["cluster-1", "cluster-2"])
    // Not over what is there already, nor over what is read.
    #expect(try program(["--count", "2", "--out", "clustered.jsonl"], scratch).status == 64)
    #expect(try program(["--count", "2", "--out", "rows.jsonl", "--replace"], scratch).status == 64)
    let again = try program(["--count", "2", "--out", "clustered.jsonl", "--replace", "--json"], scratch)
    #expect(again.status == 0, "\(again.error)")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any])
    #expect((json["clusters"] as? [Any])?.count == 2 && json["categorized"] as? Int == 40)
    let train = try Program(
      [
        "train", "--samples", "clustered.jsonl", "--taxonomy", "inferred", "--backbone", Program.backbone, "--rank",
        "2", "--maximum-tokens", "128", "--epochs", "1", "--threads", "1", "--output", "two.dmoerm",
      ], folder: scratch.url)
    #expect(train.status == 0, "\(train.error)")
    let score = try Program(
      [
        "score", "--model", "two.dmoerm", "--backbone", Program.backbone, "--prompt", "A poem about the sea, 1",
        "--response", "yes", "--json",
      ], folder: scratch.url)
    #expect(score.status == 0 && score.output.contains("cluster-"), "\(score.error)")
  }

  @Test func whatCannotBeDividedIsRefused() throws {
    let scratch = try Scratch()
    try scratch.write(rows(3), to: "rows.jsonl")
    let many = try program(["--count", "9", "--out", "clustered.jsonl"], scratch)
    #expect(many.status == 65 && many.error.contains("3 distinct prompts"), "\(many.error)")
    #expect(try program(["--count", "1"], scratch).status == 64)
    let dry = try program(["--count", "2", "--show", "0"], scratch)
    #expect(dry.status == 0 && dry.output.contains("Nothing was written"), "\(dry.error)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["rows.jsonl"])
  }

  /// By hand. Short words are none, and Chinese, which has no spaces, counts by pairs of characters.
  @Test func wordsAreInLowercaseAndOfChineseInPairs() throws {
    #expect(ClusterWords.words("A poem, a Poem of it: 写一首诗 x1") == ["poem", "写一", "一首", "首诗"])
  }
}
