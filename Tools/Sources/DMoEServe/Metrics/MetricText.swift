/// The text form in which Prometheus reads metrics (version 0.0.4).
struct MetricText {
  private(set) var lines: [String] = []

  /// - Parameter rows: Each line of the metric, its name included.
  mutating func add(_ name: String, _ kind: String, _ help: String, _ rows: [String]) {
    guard !rows.isEmpty else { return }
    lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(kind)"] + rows
  }

  /// A metric of one number.
  mutating func add(_ name: String, _ kind: String, _ help: String, value: Double) {
    add(name, kind, help, ["\(name) \(Self.number(value))"])
  }

  var text: String { lines.joined(separator: "\n") + "\n" }

  /// A whole number without a point, others with the fewest digits.
  static func number(_ value: Double) -> String {
    Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }

  /// A label with its value, escaped.
  static func label(_ name: String, _ value: String) -> String {
    var text = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return "\(name)=\"\(text)\""
  }
}
