extension Report {
  /// The whole page for a terminal.
  var text: String {
    var parts = [facts.map { "  \($0.name): \($0.value)" }.joined(separator: "\n")]
    for section in Section.all {
      guard let table = table(of: section) else { continue }
      parts.append("\(section.title). \(section.explanation.wrapped(at: 110))\n\n\(table.text)")
    }
    if !goalTable.rows.isEmpty { parts.append("Goals\n\n\(goalTable.text)") }
    return parts.joined(separator: "\n\n")
  }

  /// The whole page as a document of its own, which lies in `Docs/Performance`.
  var markdown: String {
    var parts = [
      "# Performance on \(machine.title)",
      "What `dmoerm-bench` measured. [Performance](../Performance.md) says how to read it, and what bounds it.",
      (["| | |", "|---|---|"] + facts.map { "| \($0.name) | \($0.value.replacing("|", with: "\\|")) |" })
        .joined(separator: "\n"),
    ]
    for section in Section.all {
      guard let table = table(of: section) else { continue }
      parts.append("## \(section.title)\n\n\(section.explanation.wrapped(at: 120))\n\n\(table.markdown)")
    }
    if !goalTable.rows.isEmpty { parts.append("## Goals\n\n\(goalTable.markdown)") }
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// The machine and the versions.
  var facts: [(name: String, value: String)] {
    let load = machine.load.map { "; load average \($0.fixed(2)) before" } ?? ""
    return [
      ("measured", date),
      ("machine", "\(machine.title), \(machine.cores) cores; threads used: \(threads)\(load)"),
      ("system", machine.system),
    ] + (backbone.map { [("backbone", $0)] } ?? []) + versions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

extension String {
  /// With line breaks at spaces, so that no line is longer.
  fileprivate func wrapped(at width: Int) -> String {
    var lines: [String] = []
    for word in split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n")
  }
}
