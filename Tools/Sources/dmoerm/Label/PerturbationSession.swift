@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM
import Foundation

/// One call of `dmoerm label --perturb`.
struct PerturbationSession {
  private let command: LabelCommand
  private let labeler: PerturbationLabeler

  init(_ command: LabelCommand) throws {
    self.command = command
    let taxonomy = try command.points.table()
    try command.points.check(taxonomy)
    labeler = try command.perturbation.labeler(taxonomy, asked: command.points.names)
  }

  func run() async throws {
    if command.perturbation.listRules { return try listRules() }
    let output = try place()
    let input = try GoodResponses(
      [DataFile].checked(command.perturbation.perturb), command.data.options(taxonomy: labeler.taxonomy))
    if !input.notes.isEmpty { Console.error.print(input.notes) }
    let result = try await labeler.result(of: input.samples, and: input.rows)
    guard !result.labels.isEmpty else {
      if !command.json { show(result.report) }
      throw Failure(
        "no rule could be applied to any of \(Numbers.count(result.report.rows, "row"))",
        hint: "Rows need a category of --taxonomy; --list-rules says what each rule needs.", status: .badInput)
    }
    let own = command.labelsOnly ? [] : input.samples.filter { $0.capability == nil && $0.weight > 0 }
    if let output { try PreferenceWriter.write(own + result.labels, to: output) }
    if command.json { return try printJSON(result, ownRows: own.count) }
    show(result.report)
    if let count = command.perturbation.show { PerturbationSamples(result.pairs, count: count).show(Console.output) }
    guard let output else { return Console.output.print("", "Nothing was written.") }
    Console.output.print(
      FactList([
        (
          "labels",
          "\(output.relativePath): \(result.labels.count) by damage, \(own.count) of the rows' own"
        )
      ]).lines(Console.output.terminal))
    let taxonomy = command.points.taxonomy == "paper" ? nil : command.points.taxonomy
    Console.output.print([""] + TrainingHint(rows: own + result.labels, output: output, taxonomy: taxonomy).lines)
  }

  /// Where labels are written, looked at before anything is read; nil for a dry run.
  private func place() throws -> URL? {
    guard let path = command.output, !command.dryRun else { return nil }
    try LabelFiles.checkApart(
      inputs: command.perturbation.perturb.map { ("--perturb", $0) } + [
        ("--rule-points", command.perturbation.rulePoints),
        ("--taxonomy", command.points.taxonomy == "paper" ? nil : command.points.taxonomy),
      ],
      outputs: [("--out", path)])
    return try OutputPlace.file(path, "--out", replaces: command.replacing.replaces)
  }

  private func show(_ report: PerturbationReport) {
    let terminal = Console.output.terminal
    let text = report.textTable(
      width: terminal.isInteractive ? terminal.width : nil, rule: terminal.hasUnicode ? "─" : "-")
    Console.output.print(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
  }

  private func printJSON(_ result: PerturbationResult, ownRows: Int) throws {
    let samples = command.perturbation.show.map { PerturbationSamples(result.pairs, count: $0).entries }
    Console.output.print(
      try JSONOutput.line(
        PerturbationView(labels: result.labels.count, ownRows: ownRows, report: result.report, samples: samples)))
  }

  private func listRules() throws {
    let views = labeler.rules.map { PerturbationRuleView($0, labeler) }
    if command.json { return Console.output.print(try JSONOutput.line(views)) }
    Console.output.print(FactList(views.map { ($0.name, $0.sentence) }).lines(Console.output.terminal))
  }
}
