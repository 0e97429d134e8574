import Foundation
import Testing

@_spi(Command) @testable import DMoEData

@Suite struct JSONRowsTests {
  private func rows(_ text: String) throws -> JSONRows { try JSONRows(data: Data(text.utf8), name: "rows") }

  private func texts(_ text: String) throws -> [String] {
    try rows(text).lines.map {
      String(decoding: $0.bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  @Test(arguments: [
    (#"[{"a": 1}, {"a": [2, {}]}]"#, [#"{"a": 1}"#, #"{"a": [2, {}]}"#]),
    (#"["a,]\"b", "\\"]"#, [#""a,]\"b""#, #""\\""#]),
    ("\u{FEFF} [1,2]\n", ["1", "2"]), ("[]", []), (" [ ] ", []),
    ("{\"a\": 1}\n{\"a\": 2}", ["{\"a\": 1}", "{\"a\": 2}"]),
  ]) func aListAndLinesAreTheSameRows(text: String, expected: [String]) throws {
    #expect(try texts(text) == expected)
  }

  @Test func rowsOfAListHaveTheLineThatTheyBeginOn() throws {
    let text = "[\n {\n  \"a\": \"x\"\n },\n\n {}\n]\n"
    #expect(try rows(text).lines.map(\.number) == [2, 6])
  }

  @Test(arguments: [
    ("[{}", 1, "ends too early"), ("[{},\n{\"a\": \"]", 2, "ends too early"), ("[{}]\n{}", 2, "something follows"),
  ]) func aBrokenListIsABadLine(text: String, line: Int, reason: String) {
    do {
      _ = try rows(text)
      Issue.record("\(text) was read")
    } catch DataError.badLine("rows", let number, let found) {
      #expect(number == line && found.contains(reason), "\(number): \(found)")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func whatIsNoTextIsRefused() {
    #expect(throws: DataError.compressedFile(path: "rows")) {
      try JSONRows(data: Data([0x1F, 0x8B, 8, 0]), name: "rows")
    }
    do {
      _ = try rows("PAR1xxxx")
      Issue.record("Parquet was read")
    } catch DataError.unreadableFile("rows", let reason) {
      #expect(reason.contains("Parquet") && reason.contains("JSON Lines"))
    } catch {
      Issue.record("\(error)")
    }
  }
}
