import DMoEData
import Foundation
import Testing

@Suite struct StrictJSONTests {
  private func fault(_ text: String) -> JSONSyntaxError.Fault? {
    do throws(JSONSyntaxError) {
      try StrictJSON.check(Data(text.utf8))
      return nil
    } catch {
      return error.fault
    }
  }

  @Test(arguments: [
    "null", " true ", "-0.5e+10", #""a\"\\\/\b\f\n\r\té😀 é""#, "[]", "{}", #"{"a": [1, {"b": null}], "c": ""}"#,
    "\u{FEFF}[1]", "1e400", "123456789012345678901234567890", "[\"\u{7F}\"]",
  ]) func whatTheGrammarHasIsTaken(text: String) {
    #expect(fault(text) == nil)
  }

  @Test(arguments: [
    (#"{"a": 1,}"#, JSONSyntaxError.Fault.trailingComma), ("[1, ]", .trailingComma), ("[[1],]", .trailingComma),
    (#"{"a": 1, "a": 2}"#, .duplicateKey(path: "a")),
    (#"{"m": [{"r": 1}, {"r": 1, "r": 2}]}"#, .duplicateKey(path: "m[1].r")),
    (#"{"a": 1, "a": 2}"#, .duplicateKey(path: "a")),
    ("", .unfinished), ("{", .unfinished), (#"{"a""#, .unfinished), (#""a"#, .unfinished), ("[1", .unfinished),
    ("1 2", .textAfterEnd), ("{}{}", .textAfterEnd), ("NaN", .notFinite), ("[-Infinity]", .notFinite),
    ("[Infinity]", .notFinite), ("\"a\tb\"", .controlCharacter), (#""\x""#, .invalidEscape),
    (#""\u12G4""#, .invalidEscape),
    (#""\ud800""#, .invalidEscape), (#""\ud800A""#, .invalidEscape), ("01", .unexpected), ("1.", .unexpected),
    (".5", .unexpected), ("+1", .unexpected), ("1e", .unexpected), ("{a: 1}", .unexpected), ("['a']", .unexpected),
    ("[,1]", .unexpected), ("[1,,2]", .unexpected), ("{,}", .unexpected), (#"{"a" 1}"#, .unexpected),
    ("nul", .unexpected),
    ("// x", .unexpected), ("True", .unexpected),
  ]) func whatTheGrammarHasNotIsToldApart(text: String, expected: JSONSyntaxError.Fault) {
    let found = fault(text)
    // A number that ends early may go on.
    #expect(found == expected || (expected == .unexpected && found == .unfinished && text.hasPrefix("1")))
  }

  @Test func bytesThatAreNotUTF8AreAFault() {
    for bytes in [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]] {
      #expect(throws: JSONSyntaxError.self) { try StrictJSON.check(Data(bytes)) }
    }
  }

  @Test func faultsAreFoundByLineAndColumn() {
    do throws(JSONSyntaxError) {
      try StrictJSON.check(Data("{\n  \"a\": 1,\n  \"SECRET text\": 1,\n}".utf8))
      Issue.record("no error")
    } catch {
      #expect(error.line == 4 && error.column == 1)
      #expect("\(error)" == "not valid JSON: a comma before a closing bracket, line 4, column 1")
    }
  }

  @Test func depthIsBounded() {
    let limit = 512
    #expect(fault(String(repeating: "[", count: limit) + String(repeating: "]", count: limit)) == nil)
    #expect(fault(String(repeating: "[", count: 1 << 20)) == .tooDeep(limit: limit))
  }

  /// A line of rows: Foundation's decoder takes all of these.
  @Test(arguments: [
    (#"{"prompt":"a","chosen":"b","rejected":"c",}"#, "a comma before a closing bracket"),
    (#"{"prompt":"a","prompt":"d","chosen":"b","rejected":"c"}"#, #"the key "prompt" stands twice"#),
    (#"{"prompt":"a","chosen":"b","rejected":"c","margin":NaN}"#, "NaN"),
  ]) func rowsAreReadByTheLetter(row: String, reason: String) {
    #expect(refusal(row)?.contains(reason) == true)
    #expect(refusal(#"{"prompt":"a","chosen":"b","rejected":"c"}"# + "\n" + row)?.contains(reason) == true)
  }
}
