@_spi(Command) import DMoEData
import Foundation
import Testing

@_spi(Command) @testable import DMoEEvaluate

@Suite struct BenchmarkReadingTests {
  private func read(_ benchmark: Benchmark, _ text: String, name: String = "rows.json") throws -> [BenchmarkItem] {
    try benchmark.read([JSONRows(data: Data(text.utf8), name: name)]).items
  }

  /// The line and reason of the bad line that reading ends with.
  private func fault(_ benchmark: Benchmark, _ text: String) -> (line: Int, reason: String)? {
    do {
      _ = try read(benchmark, text)
      return nil
    } catch DataError.badLine("rows.json", let line, let reason) {
      return (line, reason)
    } catch {
      return (0, "\(error)")
    }
  }

  private static let rmBench =
    #"{"id":1,"prompt":"q","chosen":["a","b","c"],"rejected":["d","e","f"],"domain":"chat"}"#
  private static let pair =
    #"{"pair_uid":"1","category_path":"Pairwise_set/Harmlessness/S1","conversation_input":[{"role":"user","#
    + #""content":"q","language":"English"}],"chosen":{"llm_name":"m","answer":"a"},"reject":{"answer":""}}"#
  private static let judged =
    #"{"pair_id":"1","source":"livecodebench","question":"q","response_A":"a","response_B":"b","label":"B>A"}"#
  private static let vote =
    #"{"question_id":"1","model_a":"x","model_b":"y","winner":"tie","prompt":"q","response_1":"a","response_2":"b"}"#
  private static let checked =
    #"{"question_id":"1","model_name":"m","prompt":"q","scores":[true,false],"response_1":"a","response_2":"b","#
    + #""sampled_conflict_pairs":[[1,0]]}"#

  @Test func rowsAreReadAsTheirAuthorsMeanThem() throws {
    let styles = try #require(read(.rmBench, Self.rmBench).first)
    #expect(styles.responses == ["a", "b", "c", "d", "e", "f"] && styles.category == "chat")
    #expect(styles.isCorrect == [true, true, true, false, false, false])
    let pair = try #require(read(.rmb, "[\(Self.pair)]").first)
    // One of RMB's own answers is empty.
    #expect(pair.responses == ["a", ""] && pair.category == "Pairwise_set/Harmlessness/S1")
    let judged = try #require(read(.judgeBench, Self.judged).first)
    #expect(judged.responses == ["a", "b"] && judged.isCorrect == [false, true])
    let vote = try #require(read(.ppePreference, Self.vote).first)
    #expect(vote.isCorrect == [true, true] && vote.writers == ["x", "y"] && vote.tags == ["other languages"])
    let checked = try #require(read(.ppeCorrectness, Self.checked).first)
    #expect(checked.isCorrect == [true, false] && checked.id == "1:m" && checked.category == "rows")
  }

  /// Five pairs of RMB end with an empty question.
  @Test func anItemWithAnEmptyTurnIsLeftOutAndCounted() throws {
    let whole = Self.pair.replacingOccurrences(of: #"{"answer":""}"#, with: #"{"answer":"b"}"#)
    let turn = #"{"role":"user","content":"q","language":"English"}"#
    func changed(_ id: String, _ turns: String) throws -> String {
      let row = whole.replacingOccurrences(of: turn, with: turns)
      #expect(row != whole)
      return row.replacingOccurrences(of: #""pair_uid":"1""#, with: #""pair_uid":"\#(id)""#)
    }
    let answered = turn + #",{"role":"assistant","content":"r"},{"role":"user","content":" "}"#
    let rows = [whole, try changed("2", answered), try changed("3", #"{"role":"user","content":""}"#)]
    let items = try read(.rmb, "[\(rows.joined(separator: ",\n"))]")
    #expect(items.map(\.hasEmptyTurn) == [false, true, true] && items.map(\.isUnreadable) == [false, true, true])
    #expect(items[1].conversation == "q" && items[2].conversation != items[1].conversation)
    let result = try BenchmarkResult(.rmb, items, rewards: [[1, 0], nil, nil])
    #expect(result.emptyItems == 2 && result.overLengthItems == 0)
    #expect(result.notes == ["2 items with an empty turn or response left out"])
  }

  @Test func aDomainMayBeInTheNameOfTheFile() throws {
    let row = Self.rmBench.replacingOccurrences(of: #","domain":"chat""#, with: "")
    #expect(try read(.rmBench, row, name: "a/safety-refuse_filtered.json").first?.category == "safety-refuse")
    #expect(fault(.rmBench, row)?.reason.contains("missing key \"domain\"") == true)
  }

  @Test(arguments: [
    (Benchmark.rmBench, rmBench, #","f"]"#, "]", "rejected: 2 responses, and RM-Bench has 3"),
    (.rmBench, rmBench, #""domain":"chat""#, #""domain":"poetry""#, "domain: none of RM-Bench"),
    (.rmBench, rmBench, #""id":1,"#, "", "missing key \"id\""),
    (.rmBench, rmBench, #"["a","b","c"]"#, #""a""#, "chosen: not a list"),
    (.rmb, pair, "Pairwise_set", "Pairs", "category_path: none of RMB's"),
    (.rmb, pair, #""reject":"#, #""rejected":"#, "missing key \"reject\""),
    (.rmb, pair, #""role":"user""#, #""role":"human""#, "conversation_input[0].role: not"),
    (.rmb, pair, #""answer":"""#, #""text":"""#, "missing key \"reject.answer\""),
    (.judgeBench, judged, "B>A", "B>>A", "label: not \"A>B\" or \"B>A\""),
    (.judgeBench, judged, "livecodebench", "gsm8k", "source: none of JudgeBench's"),
    (.judgeBench, judged, #""question":"q""#, #""prompt":"q""#, "missing key \"question\""),
    (.ppePreference, vote, #""tie""#, #""both""#, "winner: not"),
    (.ppePreference, vote, #""winner":"#, #""is_code":"yes","winner":"#, "is_code: not true or false"),
    (.ppeCorrectness, checked, "[true,false]", "[true,0.5]", "scores[1]: not true or false"),
    (.ppeCorrectness, checked, "[true,false]", "[true,false,true]", "missing key \"response_3\""),
    (.ppeCorrectness, checked, "[[1,0]]", "[[0,0]]", "sampled_conflict_pairs[0]: not the places"),
    (.ppeCorrectness, checked, "[[1,0]]", "[[1,2]]", "sampled_conflict_pairs[0]: not the places"),
    (
      .rewardBench, #"{"prompt":"q","chosen":"a","rejected":["b","c"]}"#, "q", "q", "3 responses, and RewardBench has 2"
    ),
    (
      .rewardBench, #"{"prompt":"q","chosen":"a","rejected":"b","subset":"Precise IF"}"#, "q", "q",
      #"subset: "Precise IF" is of "rewardbench-2""#
    ),
    (
      .rewardBench2, #"{"prompt":"q","chosen":["a"],"rejected":["b"],"subset":"hep-go"}"#, "q", "q",
      #"subset: "hep-go" is of "rewardbench""#
    ),
  ]) func aRowOfAnotherLayoutSaysWhatIsMissing(
    benchmark: Benchmark, row: String, old: String, new: String, expected: String
  ) {
    let found = fault(benchmark, "\n" + row.replacingOccurrences(of: old, with: new))
    #expect(found?.line == 2 && found?.reason.contains(expected) == true, "\(found?.reason ?? "it was read")")
  }

  @Test func anIdentifierStandsOnceACategory() throws {
    let other = Self.rmBench.replacingOccurrences(of: "chat", with: "math")
    #expect(try read(.rmBench, "[\(Self.rmBench),\n\(other)]").count == 2)
    let found = fault(.rmBench, "[\(Self.rmBench),\n\n\(Self.rmBench)]")
    #expect(found?.line == 3 && found?.reason == "id: rows.json:1 has the same")
  }
}
