@_spi(Command) import DMoERM

extension ReadingReport {
  /// What a user should know of lines that were left out.
  func notes(_ file: String) -> [String] {
    var notes: [String] = []
    if invalidLineCount > 0 {
      notes.append("\(file): \(Numbers.count(invalidLineCount, "invalid line")) of \(lineCount) left out")
      notes += firstErrors.map { "  \($0)" }
    }
    if leftOutCount > 0 {
      notes.append("\(file): \(Numbers.count(leftOutCount, "sample")) of unknown capability points left out")
    }
    if !keysNotRead.isEmpty { notes.append(Self.note(keysNotRead: keysNotRead, file)) }
    return notes
  }

  /// Keys of rows that nothing was done with, told once a file.
  static func note(keysNotRead keys: [String], _ file: String) -> String {
    // Keys are the file's own, and so could be any text, and any number.
    let shown = keys.prefix(20).map { $0.onOneLine.truncated(to: 64, ellipsis: "...") }
    let more = keys.count - shown.count
    return "\(file): keys not read: \(shown.joined(separator: ", "))" + (more > 0 ? " and \(more) more" : "")
  }
}
