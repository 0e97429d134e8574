import DMoEFoundation
import Foundation
import Testing

@Suite struct JSONTextTests {
  @Test func membersStandInTheirOrder() {
    var json = JSONText()
    json.member("b", "text")
    json.member("left out", nil as String?)
    json.member("a", literal: "[1]")
    json.list("c", ["x", "y"]) { $1.append(quoting: $0) }
    json.member("d", 0.5 as Float?)
    #expect(json.finished() == Data(#"{"b":"text","a":[1],"c":["x","y"],"d":0.5}"#.utf8))
    #expect(JSONText().finishedLine() == Data("{}\n".utf8))
  }

  /// Foundation reads every text back as it was.
  @Test func everyCharacterSurvives() throws {
    let text = String(String.UnicodeScalarView((0..<0x180).compactMap(Unicode.Scalar.init))) + "\u{2028}🙂"
    let read = try JSONDecoder().decode([String].self, from: Data("[\(JSONText.quoted(text))]".utf8))
    #expect(read == [text])
  }

  @Test func filesAreIndentedAndLinesAreNot() throws {
    let value = ["b": "x/y", "a": "z"]
    #expect(try JSONEncoder.file(value) == Data("{\n  \"a\" : \"z\",\n  \"b\" : \"x/y\"\n}\n".utf8))
    #expect(try JSONEncoder.line.encode(value) == Data(#"{"a":"z","b":"x/y"}"#.utf8))
  }

  @Test func decodingStrictlyRefusesWhatDecodersPassOver() {
    for text in [#"{"a": 1,}"#, #"{"a": 1, "a": 2}"#] {
      #expect(throws: JSONSyntaxError.self) { try JSONDecoder.strictly([String: Int].self, from: Data(text.utf8)) }
    }
  }
}
