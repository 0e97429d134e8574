/// A piece of HTML or SVG. A string literal becomes text: only `element` makes tags, so nothing goes in unescaped.
package struct Markup: Sendable, ExpressibleByStringInterpolation {
  /// The HTML.
  package private(set) var source: String

  /// Text, escaped.
  package init(stringLiteral text: String) { self.init(text) }

  /// Text, escaped.
  package init(_ text: String) { source = Self.escape(text) }

  private init(source: String) { self.source = source }

  /// Nothing.
  package static let empty = Markup(source: "")

  /// `<name attributes>content</name>`.
  ///
  /// - Parameter name: Of a literal of ours, never from outside.
  package static func element(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ content: Markup...
  ) -> Markup {
    element(name, attributes, content)
  }

  /// `<name attributes>content</name>`, of a list.
  package static func element(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ content: [Markup]
  ) -> Markup {
    let opening = attributes.reduce("<\(name)") { $0 + " \($1.key)=\"\(escape($1.value))\"" } + ">"
    return Markup(source: opening + content.map(\.source).joined() + "</\(name)>")
  }

  /// An element that has no end tag, such as `meta`.
  package static func void(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) -> Markup {
    Markup(source: attributes.reduce("<\(name)") { $0 + " \($1.key)=\"\(escape($1.value))\"" } + ">")
  }

  /// A style sheet of ours, as it stands.
  package static func style(_ sheet: StaticString) -> Markup { Markup(source: "<style>\(sheet)</style>") }

  /// One after the other.
  package static func + (left: Markup, right: Markup) -> Markup { Markup(source: left.source + right.source) }

  /// The text escaped for HTML and SVG, in content and between double quotes.
  ///
  /// Control characters that HTML forbids become U+FFFD; a number stays on one line with the percent sign that follows it.
  package static func escape(_ text: String) -> String {
    var result = ""
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case " " where isBeforePercent(index, scalars): result += "\u{A0}"
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Whether a place is between a digit and a percent sign.
  private static func isBeforePercent(_ index: Int, _ scalars: [Unicode.Scalar]) -> Bool {
    index > 0 && index + 1 < scalars.count && scalars[index + 1] == "%" && ("0"..."9").contains(scalars[index - 1])
  }
}

extension [Markup] {
  /// One after the other.
  package var joined: Markup { reduce(.empty, +) }
}
