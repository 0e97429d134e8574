/// Why a text is not JSON, and where; the text itself is not part of it.
package struct JSONSyntaxError: Error, Equatable, Sendable {
  /// What is wrong.
  package enum Fault: Equatable, Sendable {
    /// A comma stands before a closing brace or bracket.
    case trailingComma
    /// An object has a key twice; `path` leads to it, such as `messages[0].role`.
    case duplicateKey(path: String)
    /// The text ends before its value does.
    case unfinished
    /// Something follows the value.
    case textAfterEnd
    /// `NaN` or an infinity, which some programs write though JSON has none.
    case notFinite
    /// Bytes that are not UTF-8.
    case notUTF8
    /// A line break or another control character inside a string.
    case controlCharacter
    /// A backslash that begins no escape, or half of a surrogate pair.
    case invalidEscape
    /// Values lie deeper in each other than is read.
    case tooDeep(limit: Int)
    /// Anything else that is not JSON.
    case unexpected
  }

  /// What is wrong.
  package let fault: Fault
  /// The line of the text, from 1.
  package let line: Int
  /// The byte of the line, from 1.
  package let column: Int
}

extension JSONSyntaxError: CustomStringConvertible {
  /// What is wrong, and its place.
  package var description: String {
    reason + (line > 1 ? ", line \(line)" : "") + ", column \(column)"
  }

  /// What is wrong, without its place.
  package var reason: String {
    switch fault {
    case .trailingComma: "not valid JSON: a comma before a closing bracket"
    case .duplicateKey(let path): "the key \(KeyText.quoted(path)) stands twice"
    case .unfinished: "not valid JSON: it ends too early"
    case .textAfterEnd: "not valid JSON: something follows the value"
    case .notFinite: "not valid JSON: NaN and infinities are no numbers of JSON"
    case .notUTF8: "not valid JSON: not UTF-8"
    case .controlCharacter: "not valid JSON: a control character in a string, which needs an escape"
    case .invalidEscape: "not valid JSON: a backslash that begins no escape, or half of a surrogate pair"
    case .tooDeep(let limit): "nested more than \(limit) deep"
    case .unexpected: "not valid JSON"
    }
  }
}
