import Foundation
import Testing

@testable import DMoECore

/// JSON as Python's `json` reads it, since Python writes the files.
struct JSONReaderTests {
  private func value(_ text: String) throws -> JSONValue { try JSONReader.value(of: Data(text.utf8)) }

  private func reason(_ text: String) -> String {
    do { return "read: \(try value(text))" } catch { return "\(error)" }
  }

  @Test func valuesOfEveryKindAreRead() throws {
    let text = #" {"a": [1, -2.5e1, true, null, "x\n\u00e9\ud83d\ude42"], "b": {"c": {}}, "d": []} "#
    let object = try #require(value(text).object)
    #expect(object.keys == ["a", "b", "d"])
    #expect(object["a"] == .array([.integer(1), .number(-25), .bool(true), .null, .string("x\né🙂")]))
    #expect(object["b"]?.object?["c"] == .object(JSONObject()))
    #expect(object["d"] == .array([]))
  }

  @Test func pythonsNumbersThatAreNoneAreRead() throws {
    let array = try #require(value("[NaN, Infinity, -Infinity]").array)
    #expect(array[0].double?.isNaN == true)
    #expect(array[1].double == .infinity && array[2].double == -.infinity)
    #expect(array.allSatisfy { $0.int == nil })
  }

  @Test func ofTwoEqualKeysTheLastCountsAtTheFirstsPlace() throws {
    let object = try #require(value(#"{"a": 1, "b": 2, "a": 3}"#).object)
    #expect(object.keys == ["a", "b"] && object["a"] == 3)
  }

  @Test func wholeNumbersAreIntegersHoweverTheyAreWritten() throws {
    #expect(try value("4.0").int == 4 && value("4e0").int == 4)
    #expect(try value("1").bool == nil && value("true").int == nil && value("true").double == nil)
    // transformers writes this for a tokenizer without a limit.
    let large = try value("1000000000000000019884624838656")
    #expect(large.int == nil && large.double == 1_000_000_000_000_000_019_884_624_838_656)
  }

  @Test(arguments: [
    ("{", "line 1: a key is expected"), ("{\"a\": 1,\n}", "line 2: a key is expected"),
    ("[1,\n2\n3]", "line 3: ',' or ']' is expected"), ("[01]", "line 1: a number is malformed"),
    ("[1.]", "line 1: a number is malformed"), ("{\"a\" 1}", "line 1: ':' is expected after the key a"),
    ("\"x", "line 1: a string does not end"), ("\"\\ud83d\"", "line 1: half a surrogate pair"),
    ("nil", "line 1: a value is expected"),
    ("", "line 1: the text ends early"), ("1 2", "line 1: something follows the value"),
  ])
  func whatIsNoJSONIsToldWithItsLine(text: String, message: String) { #expect(reason(text) == message) }

  @Test func deepFilesAreRefusedBeforeTheStackIsFull() {
    #expect(reason(String(repeating: "[", count: 100_000)).contains("nested deeper"))
    #expect(!reason(String(repeating: "[", count: 100) + String(repeating: "]", count: 100)).contains("nested"))
  }
}
