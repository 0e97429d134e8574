import Foundation
import Testing

@testable import dmoerm

struct JSONTextTests {
  @Test func aTextIsReadAsFoundationReadsIt() throws {
    for text in [
      #"{"a": [1, -2.5e3, true, false, null, "\u00e4\n\"", {}, []], "b": {"c": 18446744073709551615}}"#, "\u{FEFF}[]",
      " 3 ",
    ] {
      let own = try JSONValue(text: Data(text.utf8))
      #expect(own == (try JSONDecoder().decode(JSONValue.self, from: Data(text.trimmingPrefix("\u{FEFF}").utf8))))
    }
  }

  @Test(arguments: [
    (#"{"a": 1,}"#, "a comma before the closing bracket"), (#"{"a": [1, 2,]}"#, #"before the closing bracket at "a""#),
    (#"{"a": {"b": 1, "b": 2}}"#, #""a.b" is there twice"#), (#"[{"x": 1, "x": 1}]"#, #""[0].x" is there twice"#),
    (#"{"a": NaN}"#, #"a value is expected at "a""#), (#"{"a": 01}"#, "no number"), (#"{"a": 1e999}"#, "too large"),
    (#"{a: 1}"#, "a key in quotes"), (#"{"a" 1}"#, #"a colon is expected after "a""#), ("", "it ends where"),
    (#"{"a": 1"#, "before its last bracket"), (#"{"a": "x"#, "no closing quote"), ("{} {}", "more after the value"),
    (#"{"a": "\x"}"#, "an escape"), (#"{"a": 1 "b": 2}"#, "a comma or a closing bracket"),
    ("[+1]", "a value is expected"),
    (#"{"a": tru}"#, "a value is expected"), (String(repeating: "[", count: 100_000), "nested"),
  ])
  func whatIsNoJSONIsSaidInOneSentence(text: String, reason: String) {
    let fault = #expect(throws: JSONValue.Fault.self) { try JSONValue(text: Data(text.utf8)) }
    #expect(fault?.reason.contains(reason) == true, "\(fault?.reason ?? "")")
  }

  @Test func theLineIsNamed() {
    let fault = #expect(throws: JSONValue.Fault.self) { try JSONValue(text: Data("{\n\"a\": 1,\n\"a\": 2\n}".utf8)) }
    #expect(fault == JSONValue.Fault(line: 3, reason: "\"a\" is there twice"))
  }
}
