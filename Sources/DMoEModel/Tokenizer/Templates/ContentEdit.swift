/// What a template does to the content of a turn before it is framed.
package enum ContentEdit: Sendable, Equatable, Codable {
  /// The ends of a content.
  package enum Ends: String, Sendable, Codable {
    /// Start and end.
    case both
    /// The start alone.
    case start
    /// The end alone.
    case end
  }

  /// Leaves out white space at the ends; what is white is what Python's `str.strip` says, which `trim` of Jinja asks.
  case trimWhitespace(ends: Ends)
  /// Leaves out newlines (`\n`) at the ends.
  case trimNewlines(ends: Ends)
  /// Keeps what follows the last `closing`, if there is one, with or without the newlines at its start: thoughts of earlier
  /// turns are left out (Qwen3, DeepSeek).
  case dropThoughts(closing: String, trimsNewlines: Bool)
  /// Writes thoughts in a frame, one without thoughts if there are none, and then the answer (the response under Qwen3).
  ///
  /// Thoughts are what stands before the first `closing`, after the last `opening` in it, without newlines at the ends; the
  /// answer is what follows the last `closing`, without newlines before it. `prefix` comes before the thoughts, `suffix`
  /// between thoughts and answer.
  case frameThoughts(opening: String, closing: String, prefix: String, suffix: String)

  /// The text that this edit makes of another.
  func apply(to text: MarkedText) -> MarkedText {
    switch self {
    case .trimWhitespace(let ends): return text.trimming(ends) { Self.isWhite($0) }
    case .trimNewlines(let ends): return text.trimming(ends) { $0 == "\n" }
    case .dropThoughts(let closing, let trimsNewlines):
      guard let end = Self.places(of: closing, in: text.text).last?.upperBound else { return text }
      let answer = text[end..<text.text.utf8.count]
      return trimsNewlines ? answer.trimming(.start) { $0 == "\n" } : answer
    case .frameThoughts(let opening, let closing, let prefix, let suffix):
      let ends = Self.places(of: closing, in: text.text)
      var thoughts = MarkedText()
      var answer = text
      if let first = ends.first, let last = ends.last {
        thoughts = text[0..<first.lowerBound].trimming(.end) { $0 == "\n" }
        if let start = Self.places(of: opening, in: thoughts.text).last?.upperBound {
          thoughts = thoughts[start..<thoughts.text.utf8.count]
        }
        answer = text[last.upperBound..<text.text.utf8.count]
      }
      var result = MarkedText()
      result.append(markup: prefix)
      result.append(thoughts.trimming(.both) { $0 == "\n" })
      result.append(markup: suffix)
      result.append(answer.trimming(.start) { $0 == "\n" })
      return result
    }
  }

  /// Where a mark stands, from left to right, none overlapping the one before, in bytes of UTF-8.
  private static func places(of mark: String, in text: String) -> [Range<Int>] {
    let (mark, text) = (Array(mark.utf8), Array(text.utf8))
    guard let first = mark.first else { return [] }
    var result: [Range<Int>] = []
    var position = 0
    while position + mark.count <= text.count {
      if text[position] == first, text[position..<position + mark.count].elementsEqual(mark) {
        result.append(position..<position + mark.count)
        position += mark.count
      } else {
        position += 1
      }
    }
    return result
  }

  /// `str.isspace` of Python: Unicode's white space, and the separators U+001C to U+001F.
  private static func isWhite(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
  }
}
