@_spi(Command) import DMoERM

/// Facts with their names, one a line; facts without a value are left out.
struct FactList: Sendable {
  var facts: [(name: String, value: String)]

  init(_ facts: [(String, String?)]) {
    self.facts = facts.compactMap { name, value in value.map { (name, $0) } }
  }

  func lines(_ terminal: Terminal) -> [String] {
    let width = (facts.map(\.name.displayWidth).max() ?? 0) + 2
    return facts.flatMap { name, value in
      let room = terminal.isInteractive ? max(20, terminal.width - width) : Int.max
      return value.wrapped(to: room).enumerated().map { index, line in
        terminal.styled((index == 0 ? name : "").padded(to: width), .faint) + line
      }
    }
  }
}
