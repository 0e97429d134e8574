import DMoERM

/// Shows a training run: a live line under a table on a terminal, plain lines elsewhere, or JSON Lines.
struct TrainingReporter {
  let console: Console
  /// Where events go as JSON Lines; `nil` writes none.
  let events: Console?
  private var progress: TrainingProgress

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
    let lines =
      isLive ? progress.rows(of: event, console.terminal) : events == nil ? progress.logLines(of: event) : []
    if !lines.isEmpty { console.print(lines) }
    if case .runFinished = event { console.clear() } else { console.show { progress.line($0) } }
  }
}

/// An event as one flat JSON object with its kind under "event".
struct EventLine: Encodable {
  let event: TrainingEvent

  private enum CodingKeys: CodingKey { case event, phases, phase, reason, seconds, done, total }

  func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: CodingKeys.self)
    switch event {
    case .runStarted(let phases):
      try row.encode("runStarted", forKey: .event)
      try row.encode(phases, forKey: .phases)
    case .textsRead(let phase, let done, let total):
      try row.encode("textsRead", forKey: .event)
      try row.encode(phase, forKey: .phase)
      try row.encode(done, forKey: .done)
      try row.encode(total, forKey: .total)
    case .phaseStarted(let start):
      try row.encode("phaseStarted", forKey: .event)
      try start.encode(to: encoder)
    case .phaseSkipped(let phase):
      try row.encode("phaseSkipped", forKey: .event)
      try row.encode(phase, forKey: .phase)
    case .phaseLeftOut(let phase, let reason):
      try row.encode("phaseLeftOut", forKey: .event)
      try row.encode(phase, forKey: .phase)
      try row.encode(reason, forKey: .reason)
    case .step(let metrics):
      try row.encode("step", forKey: .event)
      try metrics.encode(to: encoder)
    case .validation(let metrics):
      try row.encode("validation", forKey: .event)
      try metrics.encode(to: encoder)
    case .phaseFinished(let summary):
      try row.encode("phaseFinished", forKey: .event)
      try summary.encode(to: encoder)
    case .runFinished(let seconds):
      try row.encode("runFinished", forKey: .event)
      try row.encode(seconds, forKey: .seconds)
    }
  }
}
