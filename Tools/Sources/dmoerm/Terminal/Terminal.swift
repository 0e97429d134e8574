import Foundation

/// What the place that text goes to can show.
struct Terminal: Sendable, Equatable {
  /// Whether a person is looking: lines may be rewritten in place.
  var isInteractive: Bool
  var hasColor: Bool
  var hasUnicode: Bool
  /// Columns.
  var width: Int

  /// Nothing but lines of text, for files and pipes.
  static let plain = Terminal(isInteractive: false, hasColor: false, hasUnicode: true, width: 100)

  /// The terminal behind a file descriptor, or what a file or pipe takes.
  ///
  /// `NO_COLOR` (https://no-color.org) and `TERM=dumb` are honoured; a terminal in a locale without UTF-8 gets ASCII.
  static func of(_ descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment) -> Terminal {
    guard isatty(descriptor) == 1 else { return plain }
    let isDumb = environment["TERM"].map { $0.isEmpty || $0 == "dumb" } ?? true
    return Terminal(
      isInteractive: !isDumb, hasColor: !isDumb && (environment["NO_COLOR"] ?? "").isEmpty,
      hasUnicode: isUTF8(environment), width: columns(descriptor))
  }

  static var output: Terminal { of(STDOUT_FILENO) }
  static var error: Terminal { of(STDERR_FILENO) }

  /// The first of the locale variables that is set decides, as in C.
  static func isUTF8(_ environment: [String: String]) -> Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    let name = locale.lowercased()
    return name.contains("utf-8") || name.contains("utf8")
  }

  private static func columns(_ descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  // MARK: Style

  enum Style: String, Sendable {
    case bold = "1"
    case faint = "2"
    case red = "31"
    case green = "32"
    case cyan = "36"
  }

  func styled(_ text: String, _ styles: Style...) -> String {
    guard hasColor, !text.isEmpty, !styles.isEmpty else { return text }
    return "\u{1B}[" + styles.map(\.rawValue).joined(separator: ";") + "m" + text + "\u{1B}[0m"
  }

  var tick: String { hasUnicode ? "✓" : "*" }
  var dash: String { hasUnicode ? "–" : "-" }
  var arrow: String { hasUnicode ? "→" : "->" }
  var ellipsis: String { hasUnicode ? "…" : "..." }
  var plusMinus: String { hasUnicode ? "±" : "+-" }
}
