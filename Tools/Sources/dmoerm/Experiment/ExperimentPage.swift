import DMoEExperiment
@_spi(Command) import DMoERM
import Foundation

/// A page of one run for a folder of results: what ran, on what, by which plan, and all tables.
struct ExperimentPage {
  /// The tables, with facts of the run before those of the experiment.
  let markdown: (_ facts: [(String, String)]) -> String
  /// The experiment's file as it was.
  let plan: String
  /// Without the place of the program, which is another one on every machine.
  var command = ShellWord.command(["dmoerm"] + CommandLine.arguments.dropFirst())
  var date = Date()

  /// By this a page is known as one that may be written anew.
  private static let mark = "<!-- Written by `dmoerm experiment --page`. -->"

  /// Whether a file is such a page.
  static func isOne(_ path: String) -> Bool {
    (try? String(contentsOfFile: path, encoding: .utf8))?.hasPrefix(mark) ?? false
  }

  /// The page as Markdown.
  func text() -> String {
    let run: [(String, String)] = [
      ("date", Self.day(date)),
      ("version", "dmoerm \(DMoERMCommand.version), \(Checkout.ofProgram?.text ?? "not from a checkout")"),
      ("machine", Self.machine), ("command", "`\(command)`"),
    ]
    let fence = Self.fence(around: plan)
    return
      "\(Self.mark)\n\n\(markdown(run))## Plan\n\n\(fence)json\n\(plan.trimmingCharacters(in: .newlines))\n\(fence)\n"
  }

  /// More backticks than stand side by side in a text, so that it cannot end the block that it is put in.
  static func fence(around text: String) -> String {
    var (longest, run) = (0, 0)
    for character in text {
      run = character == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    return String(repeating: "`", count: max(3, longest + 1))
  }

  private static func day(_ date: Date) -> String {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withFullDate]
    return formatter.string(from: date)
  }

  /// CPU, cores and what multiplies the matrices.
  private static var machine: String {
    let facts = ComputeInformation.current
    let blas = facts.openBLASConfiguration.map { configuration in
      configuration.split(separator: " ").prefix(2).joined(separator: " ")
        + (facts.openBLASCore.map { " (\($0) kernels)" } ?? "")
    }
    return [processorName, Numbers.count(facts.processors, "core"), blas ?? "no OpenBLAS"].compactMap { $0 }
      .joined(separator: ", ")
  }

  /// As Linux names it; nil elsewhere.
  private static var processorName: String? {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("model name") }),
      let colon = line.firstIndex(of: ":")
    else { return nil }
    return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
  }
}
