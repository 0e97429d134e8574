import DMoEFoundation
import Foundation
import Testing

/// JSON by the letter, and what its dialects add.
@Suite struct JSONReaderTests {
  private func fault(_ text: String, _ dialect: JSONDialect = .strict) -> JSONSyntaxError.Fault? {
    do throws(JSONSyntaxError) {
      _ = try JSONReader.value(of: Data(text.utf8), dialect)
      return nil
    } catch {
      return error.fault
    }
  }

  private func value(_ text: String, _ dialect: JSONDialect = .python) throws -> JSONValue {
    try JSONReader.value(of: Data(text.utf8), dialect)
  }

  // MARK: The grammar

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
      #expect(throws: JSONSyntaxError.self) { _ = try JSONReader.value(of: Data(bytes), .strict) }
    }
  }

  @Test func faultsAreFoundByLineAndColumn() {
    do throws(JSONSyntaxError) {
      _ = try JSONReader.value(of: Data("{\n  \"a\": 1,\n  \"SECRET text\": 1,\n}".utf8), .strict)
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

  // MARK: Values

  @Test func valuesOfEveryKindAreRead() throws {
    let text = #" {"a": [1, -2.5e1, true, null, "x\n\u00e9\ud83d\ude42"], "b": {"c": {}}, "d": []} "#
    let object = try #require(value(text).object)
    #expect(object.keys == ["a", "b", "d"])
    #expect(object["a"] == .array([1, .number("-2.5e1"), true, .null, "x\né🙂"]))
    #expect(object["a"]?.array?[1].double == -25)
    #expect(object["b"]?.object?["c"] == .object(JSONObject()))
    #expect(object["d"] == .array([]))
  }

  @Test func wholeNumbersAreIntegersHoweverTheyAreWritten() throws {
    #expect(try value("4.0").int == 4 && value("4e0").int == 4)
    #expect(try value("1").bool == nil && value("true").int == nil && value("true").double == nil)
    // transformers writes this for a tokenizer without a limit.
    let large = try value("1000000000000000019884624838656")
    #expect(large.int == nil && large.double == 1_000_000_000_000_000_019_884_624_838_656)
  }

  @Test func numbersOfThingsAreDigitsOnly() throws {
    #expect(try value("[0, 12]").naturals == [0, 12])
    for text in ["[-0]", "[1.0]", "[1e2]", "[99999999999999999999]", "[true]", "1"] {
      #expect(try value(text).naturals == nil, "\(text)")
    }
  }

  @Test func aValueIsWrittenAsItIsRead() throws {
    let text = #"{"b":[1,1.50,true,null,"\"\\/\n\u0001é"],"a":{}}"#
    #expect(try value(text).json == text)
    #expect(try value(#""a text""#).description == "a text")
    #expect(try value("[\(Array(repeating: "1", count: 100).joined(separator: ","))]").description.count == 61)
  }

  @Test func anObjectKeepsItsOrderWhenAMemberChanges() throws {
    let object = try #require(value(#"{"a": 1, "b": 2}"#).object)
    #expect(object.setting("a", 3).members.map(\.value) == [3, 2])
    #expect(object.setting("c", 3).keys == ["a", "b", "c"])
  }

  // MARK: Dialects

  @Test func pythonsNumbersThatAreNoneAreRead() throws {
    let array = try #require(value("[NaN, Infinity, -Infinity]").array)
    #expect(array[0].double?.isNaN == true)
    #expect(array[1].double == .infinity && array[2].double == -.infinity)
    #expect(array.allSatisfy { $0.int == nil })
    #expect(fault("[NaN]", .reply) == .notFinite)
  }

  @Test func aKeyThatStandsTwiceIsAnErrorInFilesOfModels() {
    #expect(fault(#"{"a": 1, "b": {"c": 2, "c": 2}}"#, .python) == .duplicateKey(path: "b.c"))
  }

  /// Vocabularies have both; `String` calls them equal.
  @Test func canonicallyEquivalentKeysAreTwo() throws {
    let object = try #require(value("{\"caf\u{E9}\": 1, \"cafe\u{301}\": 2}").object)
    #expect(object["caf\u{E9}"] == 1 && object["cafe\u{301}"] == 2)
  }

  @Test func repliesMayRepeatKeysAndBreakLines() throws {
    let object = try #require(value("{\"a\": \"x\ny\", \"a\": 2}", .reply).object)
    #expect(object.members.map(\.value) == ["x\ny", 2] && object["a"] == 2)
    #expect(fault("{\"a\": \"x\ny\"}", .python) == .controlCharacter)
  }
}
