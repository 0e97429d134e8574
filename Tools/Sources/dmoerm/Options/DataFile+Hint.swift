@_spi(Command) import DMoERM
import Foundation

extension DataFile {
  /// What can be done about lines that cannot be read, by the command that reads them.
  struct Advice: Sendable {
    /// How lines are left out; a file without any valid line has an error of its own, `noValidLine`.
    var skipping = "--skip-invalid leaves such lines out and counts them."
    /// How the data's own categories are taken; said only where that is what the line needs.
    var inferring: String?
  }

  /// The failure of a line, with what helps in its case.
  func failure(_ error: DataError, _ options: ReadingOptions, _ advice: Advice) -> Failure {
    var fault = error
    var skipping: String? = advice.skipping
    if case .noValidLine(_, _, let first) = error, let line = first.first { (fault, skipping) = (line, nil) }
    guard case .badLine(_, let number, _) = fault else {
      return Failure(error)
    }
    let inferring = advice.inferring.flatMap { isReadable(line: number, options) ? $0 : nil }
    let hints = [inferring, skipping].compactMap { $0 }
    return Failure("\(error)", hint: hints.isEmpty ? nil : hints.joined(separator: " "), status: .badInput)
  }

  /// Whether a line could be read by a taxonomy that is made from it. Standard input cannot be read twice.
  private func isReadable(line number: Int, _ options: ReadingOptions) -> Bool {
    guard options.taxonomy != nil, !isStandardInput, var lines = try? lines() else { return false }
    while let line = try? lines.next() {
      guard line.number == number else { continue }
      var free = options
      free.taxonomy = nil
      free.skipsInvalidLines = false
      let single = JSONLines(data: line.bytes, name: name)
      guard let samples = try? PreferenceReader.readAll(single, options: free).samples else { return false }
      return (try? Taxonomy.inferred(from: samples)) != nil
    }
    return false
  }
}
