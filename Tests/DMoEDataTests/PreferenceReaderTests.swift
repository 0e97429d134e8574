@_spi(Command) import DMoEData
import Foundation
import Testing

@Suite struct PreferenceReaderTests {
  private let good = #"{"prompt":"q","chosen":"u","rejected":"v"}"#

  @Test func aBadLineIsNamedByFileAndNumber() {
    do {
      _ = try PreferenceReader.readAll(lines("\(good)\n\n{\n\(good)", name: "dir/f.jsonl"))
      Issue.record("no error")
    } catch {
      let reason = "not valid JSON: it ends too early, column 2"
      #expect(error == .badLine(file: "dir/f.jsonl", line: 3, reason: reason))
      #expect("\(error)" == "dir/f.jsonl:3: not valid JSON: it ends too early, column 2")
    }
  }

  @Test func skippedLinesAreCountedAndTheFirstErrorsKept() throws {
    let text = "{\n" + good + "\n" + String(repeating: "{}\n", count: 9) + good
    let (samples, report) = try PreferenceReader.readAll(lines(text), options: ReadingOptions(skipsInvalidLines: true))
    #expect(samples.count == 2)
    #expect(report.format == .trl)
    #expect(report.sampleCount == 2)
    #expect(report.validLineCount == 2)
    #expect(report.invalidLineCount == 10)
    #expect(report.lineCount == 12)
    #expect(report.firstErrors.count == ReadingReport.keptErrorCount)
    let reason = "not valid JSON: it ends too early, column 2"
    #expect(report.firstErrors.first == .badLine(file: "rows.jsonl", line: 1, reason: reason))
  }

  @Test func linesThatAreTooLongAreSkippedAndCounted() throws {
    let data = Data((good + "\n" + good + String(repeating: " ", count: 1000) + "\n" + good).utf8)
    let (samples, report) = try PreferenceReader.readAll(
      JSONLines(data: data, name: "f", maximumLineLength: 100), options: ReadingOptions(skipsInvalidLines: true))
    #expect(samples.count == 2)
    #expect(report.invalidLineCount == 1)
  }

  @Test func skippingNeverHidesAFileOfNoKnownFormat() {
    #expect(throws: DataError.unknownFormat(file: "rows.jsonl")) {
      try PreferenceReader.readAll(lines("{}\n{}"), options: ReadingOptions(skipsInvalidLines: true))
    }
    #expect(throws: DataError.compressedFile(path: "f")) {
      try PreferenceReader.readAll(
        JSONLines(data: Data([0x1F, 0x8B, 8]), name: "f"), options: ReadingOptions(skipsInvalidLines: true))
    }
  }

  @Test(arguments: [nil, PreferenceFormat.trl]) func aFileWithoutAValidLineSaysWhy(format: PreferenceFormat?) {
    let row =
      #"{"prompt":[{"role":"user","content":"q"},{"role":"tool","content":"SECRET"}],"chosen":"u","rejected":"v"}"#
    do throws(DataError) {
      _ = try PreferenceReader.readAll(
        lines("\(row)\n\(row)"), options: ReadingOptions(format: format, skipsInvalidLines: true))
      Issue.record("no error")
    } catch {
      guard case .noValidLine("rows.jsonl", lines: 2, let first) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(first.count == 2)
      let text = "\(error)"
      #expect(text.contains(#"rows.jsonl:1: prompt[1].role: "tool" is not read"#) && !text.contains("SECRET"))
    }
  }

  @Test func keysThatNothingIsKnownOfAreToldOnce() throws {
    let rows = """
      {"prompt":[{"role":"user","content":"q","time":1,"name":null}],"chosen":"u","rejected":"v","score":2,"b":null}
      {"prompt":"q","chosen":"u","rejected":"v","score":3,"tools":[]}
      {"prompt":"q","chosen":"u","rejected":"","unread":3}
      """
    let (_, report) = try PreferenceReader.readAll(lines(rows), options: ReadingOptions(skipsInvalidLines: true))
    #expect(report.keysNotRead == ["prompt[].time", "score"])
    #expect(report.invalidLineCount == 1)
  }

  @Test func anEmptyFileHasNoSamples() throws {
    let (samples, report) = try PreferenceReader.readAll(lines("\n"))
    #expect(samples.isEmpty)
    #expect(report.lineCount == 0)
    #expect(report.format == nil)
  }

  @Test func theFirstRowSettlesTheFormat() {
    let other = #"{"prompt":"q","responses":["u","v"],"ranks":[1,2]}"#
    #expect(refusal(good + "\n" + other) == #"missing key "chosen""#)
    #expect(
      refusal(good, options: ReadingOptions(format: .native))
        == #""chosen" is not read here, where "responses" says it: leave one out"#
    )
  }

  @Test func unknownNamesFailByDefault() {
    let options = ReadingOptions(taxonomy: .paper)
    let row = #"{"prompt":"q","chosen":"u","rejected":"v","task":"safety"}"#
    #expect(refusal(row, options: options) == #"task category "safety" is not in the taxonomy"#)
    let point = #"{"prompt":"q","chosen":"u","rejected":"v","task":"text","capability":"empathy"}"#
    #expect(refusal(point, options: options) == #"task category "text" has no capability point "empathy""#)
  }

  @Test func aTextInPlaceOfACategoryIsNotRepeated() {
    let text = String(repeating: "SECRET ", count: 20)
    let row = #"{"prompt":"q","chosen":"u","rejected":"v","task":"\#(text)"}"#
    #expect(
      refusal(row, options: ReadingOptions(taxonomy: .paper)) == "task category of 140 bytes is not in the taxonomy")
  }

  @Test func droppedCategoriesAreUnlabelledAndSamplesOfUnknownPointsLeftOut() throws {
    let rows = """
      {"prompt":"a","chosen":"u","rejected":"v","task":"safety"}
      {"prompt":"b","chosen":"u","rejected":"v","task":"chat","capability":"fluency"}
      {"prompt":"c","chosen":"u","rejected":"v","task":"闲聊","capability":"共情能力"}
      {"prompt":"d","chosen":"u","rejected":"v","capability":"empathy"}
      """
    let (samples, report) = try PreferenceReader.readAll(
      lines(rows), options: ReadingOptions(taxonomy: .paper, dropsUnknownNames: true))
    #expect(samples.map(\.conversation) == ["a", "c", "d"])
    #expect(samples.map(\.category) == [nil, "chat", nil])
    #expect(samples.map(\.capability) == [nil, "empathy", "empathy"])
    #expect(report.leftOutCount == 1)
    #expect(report.validLineCount == 4)
    #expect(report.sampleCount == 3)
  }

  @Test func writingAndReadingGivesTheSameSamplesAndBytes() throws {
    let original = try [
      RankedResponses(
        id: "quote\"back\\slash/", source: "s", language: "zh",
        conversation: Conversation([
          .system("\u{0}\u{1F}\u{7F}"), .user("换行\n\r\t🙂"), .assistant("b"), .user("c"),
        ]),
        responses: ["x\u{2028}", "e\u{301}"], ranks: [2, 1], category: "chat", capability: "empathy", margin: 0.1,
        weight: 1e-30, probability: 0.3, annotator: "x"),
      RankedResponses(id: "2", conversation: "p", responses: ["a", "b", "c"], ranks: [1, 1, 3], weight: 3e38),
    ]
    try withTemporaryFile(Data("old".utf8)) { url in
      try PreferenceWriter.write(original, to: url)
      let (samples, report) = try PreferenceReader.readAll(contentsOf: url)
      #expect(samples == original)
      #expect(report.format == .native)
      let bytes = try Data(contentsOf: url)
      #expect(bytes == samples.map { PreferenceWriter.line(for: $0) }.reduce(Data(), +))
      let directory = url.deletingLastPathComponent().path
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["file.jsonl"])
    }
  }

  @Test func writtenKeysHaveAFixedOrder() throws {
    let line = PreferenceWriter.line(for: try sample(id: "i", category: "chat", margin: 2))
    let expected =
      #"{"id":"i","category":"chat","conversation":[{"role":"user","content":"p"}],"responses":["r0","r1"],"#
      + #""ranks":[1,2],"margin":2.0}"# + "\n"
    #expect(String(decoding: line, as: UTF8.self) == expected)
  }

  @Test func aFailedWriteNamesTheFile() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)/none.jsonl")
    let samples = [try sample()]
    do throws(DataError) {
      try PreferenceWriter.write(samples, to: url)
      Issue.record("no error")
    } catch {
      guard case .unwritableFile(url.path, _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }
}
