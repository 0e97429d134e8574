@_spi(Command) import DMoERM

/// Shows a training run: a live line under a table on a terminal, plain lines elsewhere, or JSON Lines.
struct TrainingReporter {
  let console: Console
  /// Where events go as JSON Lines; `nil` writes none.
  let events: Console?
  private var progress: TrainingProgress
  /// When a plain line was last written; after ten seconds without one, the live line's words are one.
  private var lastLine = ContinuousClock.now
  private static let pause = Duration.seconds(10)

  /// - Parameters:
  ///   - phases: All that the model has.
  ///   - json: Whether every event is a JSON line on standard output.
  init(console: Console = .error, phases: [TrainingPhase], json: Bool) {
    self.console = console
    progress = TrainingProgress(phases: phases)
    events = json ? .output : nil
  }

  mutating func handle(_ event: TrainingEvent) {
    progress.apply(event)
    // Numbers that JSON cannot hold do not occur: the pipeline stops at a loss that is not finite.
    if let events, let line = try? JSONOutput.line(EventLine(event: event)) { events.print(line) }
    let isLive = console.terminal.isInteractive
    // With JSON in a log, the plain lines would say everything twice.
    let lines = isLive ? progress.rows(of: event, console.terminal) : events == nil ? logLines(of: event) : []
    if !lines.isEmpty { console.print(lines) }
    if case .runFinished = event { console.clear() } else { console.show { progress.line($0) } }
  }

  /// The lines of an event where nobody sees a live line, which says how far a long wait has come.
  private mutating func logLines(of event: TrainingEvent) -> [String] {
    let now = ContinuousClock.now
    var lines = progress.logLines(of: event)
    if lines.isEmpty, lastLine.duration(to: now) >= Self.pause {
      lines = [progress.line(.plain, now: now)].filter { !$0.isEmpty }
    }
    if !lines.isEmpty { lastLine = now }
    return lines
  }
}
