@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM
import Foundation

/// One call of `dmoerm label`, with its journal open.
struct LabelSession {
  private let command: LabelCommand
  private let plan: ComparisonPlan
  private let samples: [RankedResponses]
  private let output: URL
  private let bench: JudgeBench
  private let labeler: PreferenceLabeler
  private let journal: LabelJournal?
  private let journalURL: URL
  private let currency: String
  private let budget: Budget

  init(
    _ command: LabelCommand, _ setup: LabelSetup, plan: ComparisonPlan, samples: [RankedResponses], output: URL
  ) throws {
    self.command = command
    self.plan = plan
    self.samples = samples
    self.output = output
    bench = setup.bench
    budget = setup.budget
    currency = setup.prices.currency
    labeler = PreferenceLabeler(
      judges: bench.judges,
      configuration: .init {
        $0.limits = command.spending.limits
        $0.retry = RetryPolicy(maximumAttempts: command.spending.attempts)
        $0.votes = command.votes.value
        $0.undecided = command.undecided.value
        $0.softLabels = command.soft.value
      },
      prices: setup.prices, budget: budget)
    journalURL = Self.journal(command.journal, beside: output)
    // A dry run leaves no trace, and may look at a journal that another run is writing.
    if command.dryRun {
      let isThere = FileManager.default.fileExists(atPath: journalURL.path)
      journal = isThere ? try LabelJournal(reading: journalURL) : nil
    } else {
      journal = try LabelJournal(at: journalURL, currency: currency)
    }
  }

  /// Where the journal of labels is kept.
  static func journal(_ path: String?, beside output: URL) -> URL {
    path.map { URL(fileURLWithPath: $0) } ?? output.deletingPathExtension().appendingPathExtension("journal.jsonl")
  }

  func showEstimate() throws {
    let view = LabelEstimateView(
      labeler.estimate(plan, journal: journal), plan: plan, budget: budget, ledger: journal?.ledger, currency: currency)
    if command.json { return Console.output.print(try JSONOutput.line(view)) }
    Console.output.print(view.lines(Console.output.terminal) + ["", "Nothing was sent."])
  }

  func handleBatches() throws {
    guard let journal else { return }
    for path in command.importBatch {
      let summary = try labeler.importBatch(
        BatchResults(try DataFile(path).lines()), of: plan, journal: journal)
      var parts = ["\(Numbers.count(summary.replyCount, "reply", "replies")) entered"]
      parts += summary.failures.sorted { $0.key < $1.key }.map { "\($0.value) failed (\($0.key))" }
      if summary.repeatedCount > 0 { parts.append("\(summary.repeatedCount) known already") }
      if summary.foreignCount > 0 { parts.append("\(summary.foreignCount) of other requests") }
      Console.error.print("\(path): " + parts.joined(separator: ", "))
    }
    if command.releaseBatch {
      let keys = journal.openBatchKeys
      try journal.recordReleased(keys)
      Console.error.print("\(Numbers.count(keys.count, "request")) in batches given up")
    }
    guard let path = command.exportBatch else { return }
    let export = try labeler.exportBatch(plan, journal: journal, to: URL(fileURLWithPath: path))
    var lines = export.files.map { file in
      "\(file.url.relativePath): \(Numbers.count(file.requestCount, "request")), \(Numbers.bytes(file.byteCount))"
    }
    if export.files.isEmpty { lines.append("there is nothing to ask") }
    if export.leftOutCount > 0 {
      lines.append("\(Numbers.count(export.leftOutCount, "request")) did not fit the budget")
    }
    if !export.files.isEmpty {
      lines += ["", "Upload each as a batch, then enter its result: the same command with --import-batch RESULT"]
    }
    Console.output.print(lines)
  }

  /// - Parameter asks: Whether requests without an answer are sent. After a batch was entered they are not: who pays half
  ///   the price does not expect the rest to be asked for at once at the full one.
  func label(asks: Bool) async throws {
    guard let journal else { return }
    let estimate = labeler.estimate(plan, journal: journal)
    if !command.json, asks {
      let view = LabelEstimateView(estimate, plan: plan, budget: budget, ledger: journal.ledger, currency: currency)
      Console.error.print(view.lines(Console.error.terminal) + [""])
    }
    let end = try await run(journal, asks: asks)
    let result = try labeler.result(of: plan, journal: journal, after: end)
    let own = command.labelsOnly ? [] : samples.filter { $0.capability == nil && $0.weight > 0 }
    let judged = result.labels.filter { label in
      // What people said of a pair as a whole stands above what a judge says of it.
      label.capability != nil || command.labelsOnly || !hasOverall(label, own)
    }
    let report = LabelingReport(
      records: result.records, judges: bench.judges.map(\.name),
      cost: LabelingCost(
        ledger: journal.ledger, currency: currency, budget: budget, isPriced: estimate.unpricedModels.isEmpty))
    let verdict = LabelVerdict(
      end: end, asked: asks, labels: result.labels.count, report: report,
      maximumReplyTokens: command.judge.maximumReplyTokens ?? JudgeSampling.defaultMaximumTokens)
    // Without a new label nothing is written: labels of an earlier run at that place are worth more than copied rows.
    let rows = result.labels.isEmpty ? [] : own + judged
    if !rows.isEmpty { try PreferenceWriter.write(rows, to: output) }
    try journal.close()
    try show(
      LabelOutcome(
        labels: judged.count, ownRows: rows.isEmpty ? 0 : own.count, requests: end.progress.requestCount,
        answered: end.progress.answeredCount, isComplete: end.progress.isComplete, problem: verdict.failure?.message,
        hint: verdict.failure?.hint, failures: end.failureList, report: report), rows)
    if let failure = verdict.failure { throw failure }
  }

  private func hasOverall(_ label: RankedResponses, _ own: [RankedResponses]) -> Bool {
    own.contains { $0.conversation == label.conversation && Set($0.responses).isSuperset(of: label.responses) }
  }

  /// Runs until the end, the ceiling or Ctrl-C.
  private func run(_ journal: LabelJournal, asks: Bool) async throws -> LabelingEnd {
    let view = LabelProgressView(budget: budget, currency: currency)
    let (labeler, plan) = (labeler, plan)
    let work = Task { try await labeler.run(plan, journal: journal, asks: asks) { view.show($0) } }
    let interrupt = Interrupt(wait: "dmoerm: waiting for requests in flight; once more stops at once.") {
      work.cancel()
    }
    defer {
      interrupt.end()
      Console.error.clear()
    }
    return try await work.value
  }

  private func show(_ outcome: LabelOutcome, _ rows: [RankedResponses]) throws {
    if let html = command.html {
      try outcome.report.write(
        to: URL(fileURLWithPath: html), title: output.lastPathComponent,
        facts: [
          ("samples", command.samples.joined(separator: ", ")),
          ("judges", bench.judges.map(\.name).joined(separator: ", ")),
        ])
    }
    if !bench.notes.isEmpty { Console.error.print(bench.notes) }
    if command.json { return Console.output.print(try JSONOutput.line(outcome)) }
    let terminal = Console.output.terminal
    let width = terminal.isInteractive ? terminal.width : nil
    let report = outcome.report.textTable(width: width, rule: terminal.hasUnicode ? "─" : "-")
    Console.output.print(report.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    Console.output.print(
      FactList([
        (
          "labels",
          rows.isEmpty
            ? "none, \(output.relativePath) not written"
            : "\(output.relativePath): \(outcome.labels) from judges, \(outcome.ownRows) of the samples' own"
        ),
        ("journal", journalURL.relativePath), ("page", command.html),
      ]).lines(terminal))
    // Where something is wrong or not done, what is said of that says what comes next.
    guard outcome.labels > 0, outcome.problem == nil else { return }
    let taxonomy = command.points.taxonomy == "paper" ? nil : command.points.taxonomy
    Console.output.print([""] + TrainingHint(rows: rows, output: output, taxonomy: taxonomy).lines)
  }
}
