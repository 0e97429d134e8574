@_spi(Command) import DMoERM

/// What a training run has told so far, and how it is shown.
struct TrainingProgress: Sendable {
  private(set) var phases: [TrainingPhase]
  /// How many phases came before the one under way.
  private(set) var finished = 0
  /// The phase that the live line is about: of several under way, which ranks train, one until it ends.
  private(set) var start: PhaseStart?
  private var underWay: [TrainingPhase: (start: PhaseStart, time: ContinuousClock.Instant)] = [:]
  /// Texts read for the phase that comes next.
  private var read: (done: Int, total: Int)?
  private(set) var step: StepMetrics?
  private(set) var validation: ValidationMetrics?
  private var startTime: ContinuousClock.Instant?
  /// The widest name of a phase, in columns.
  private var nameWidth: Int { phases.map(\.description.displayWidth).max() ?? 0 }

  init(phases: [TrainingPhase]) { self.phases = phases }

  mutating func apply(_ event: TrainingEvent, now: ContinuousClock.Instant = .now) {
    switch event {
    case .runStarted(let phases): self = TrainingProgress(phases: phases)
    case .textsRead(_, let done, let total): read = (done, total)
    case .phaseStarted(let start):
      underWay[start.phase] = (start, now)
      turn(to: start.phase)
    case .step(let metrics):
      turn(to: metrics.phase)
      if metrics.phase == start?.phase { step = metrics }
    case .validation(let metrics):
      if metrics.phase == start?.phase { validation = metrics }
    case .phaseFinished(let summary): end(summary.phase)
    case .phaseSkipped(let phase), .phaseLeftOut(let phase, _): end(phase)
    case .runFinished: start = nil
    }
  }

  /// Shows a phase unless another is shown.
  private mutating func turn(to phase: TrainingPhase) {
    guard start == nil, let own = underWay[phase] else { return }
    (start, startTime) = (own.start, own.time)
    (read, step, validation) = (nil, nil, nil)
  }

  private mutating func end(_ phase: TrainingPhase) {
    finished += 1
    underWay[phase] = nil
    read = nil
    if start?.phase == phase { start = nil }
  }

  // MARK: The live line

  /// One line for the phase under way, at most one column less than the terminal is wide.
  func line(_ terminal: Terminal, now: ContinuousClock.Instant = .now) -> String {
    guard let start else { return preparation(terminal) }
    let done = step?.step ?? start.firstStep
    let planned = step?.plannedSteps ?? start.plannedSteps
    // Room for the ^C that a terminal writes behind it.
    let room = max(10, terminal.width - 3)
    let place = "\(finished + 1)/\(phases.count)"
    let steps = "\(done)/\(planned)"
    var details: [String] = []
    if let step {
      details = [
        "loss \(Numbers.fixed(step.loss, 3))", Numbers.percent(step.accuracy),
        "\(Numbers.rate(step.tokensPerSecond)) tok/s",
      ]
    }
    if let left = secondsLeft(done: done, planned: planned, now: now) {
      details.insert(DurationText.clock(left) + " left", at: 0)
    }
    // What does not fit goes: first the details from the last, then the bar, then the end of the name.
    let name = start.phase.description
    let fixed = place.displayWidth + 1 + name.displayWidth + 1 + steps.displayWidth
    func rest(_ details: [String]) -> Int { details.reduce(0) { $0 + 2 + $1.displayWidth } }
    let least = 8
    while !details.isEmpty, fixed + 1 + least + rest(details) > room { details.removeLast() }
    let bar = min(30, room - fixed - 1 - rest(details))
    let fraction = planned > 0 ? Double(done) / Double(planned) : 0
    let middle = bar >= least ? terminal.bar(fraction, width: bar) + " " : ""
    let nameRoom = room - place.displayWidth - 2 - steps.displayWidth
    return terminal.styled(place, .faint) + " "
      + name.truncated(to: max(1, nameRoom), ellipsis: terminal.hasUnicode ? "…" : ".") + " " + middle + steps
      + details.map { "  " + $0 }.joined()
  }

  /// The phase under way and its share done, in few words.
  var place: String {
    guard let start else { return preparing }
    let planned = step?.plannedSteps ?? start.plannedSteps
    guard planned > 0 else { return "\(start.phase)" }
    return "\(start.phase) \(Numbers.percent(Double(step?.step ?? start.firstStep) / Double(planned)))"
  }

  private var preparing: String {
    read.map { "reading text \($0.done) of \($0.total)" } ?? "preparing"
  }

  /// Between two phases: the next one reads its data and computes what it keeps.
  private func preparation(_ terminal: Terminal) -> String {
    guard finished < phases.count else { return read == nil ? "" : preparing }
    let text = "\(finished + 1)/\(phases.count) \(phases[finished])  \(preparing)"
    return terminal.styled(text.truncated(to: max(10, terminal.width - 1), ellipsis: ""), .faint)
  }

  /// Judged by the steps of this process.
  private func secondsLeft(done: Int, planned: Int, now: ContinuousClock.Instant) -> Double? {
    guard let start, let startTime, done > start.firstStep else { return nil }
    let each = startTime.duration(to: now).seconds / Double(done - start.firstStep)
    return each * Double(max(0, planned - done))
  }

  // MARK: Lines that stay

  /// What an event leaves behind on a terminal: a table of phases, built line by line.
  func rows(of event: TrainingEvent, _ terminal: Terminal) -> [String] {
    func row(_ mark: String, _ name: String, _ cells: [String]) -> String {
      let widths = [5, 5, 11, 11]
      var line = mark + " " + name.truncated(to: max(8, terminal.width - 3)).padded(to: nameWidth)
      for (cell, width) in zip(cells, widths) {
        // Loss and accuracy are read beside their neighbours above; what no longer fits is left out.
        if line.displayWidth + 1 + width > terminal.width { break }
        line += " " + cell.padded(to: width, .right)
      }
      return line
    }
    switch event {
    case .runStarted:
      let note = "Loss and accuracy are those on the phase's validation samples, before and after."
      return note.wrapped(to: terminal.width).map { terminal.styled($0, .faint) } + [
        terminal.styled(row(" ", "phase", ["time", "steps", "loss", "accuracy"]), .bold)
      ]
    case .phaseSkipped(let phase):
      return [terminal.styled(row(terminal.tick, phase.description, ["before"]), .faint)]
    case .phaseLeftOut(let phase, let reason):
      return [row(terminal.dash, phase.description, []) + " left out: " + reason]
    case .phaseFinished(let summary):
      return [
        row(
          terminal.styled(terminal.tick, .green), summary.phase.description,
          [DurationText.clock(summary.seconds), "\(summary.steps)"] + change(summary, terminal.arrow))
          + summary.keptBase
      ]
    case .runFinished(let seconds):
      return finished == 0 ? [] : ["all phases done in " + DurationText.clock(seconds)]
    case .textsRead, .phaseStarted, .step, .validation: return []
    }
  }

  /// Loss and accuracy before and after.
  private func change(_ summary: PhaseSummary, _ arrow: String) -> [String] {
    guard let first = summary.firstValidation, let best = summary.bestValidation else { return ["", ""] }
    return [
      "\(Numbers.fixed(first.loss, 2)) \(arrow) \(Numbers.fixed(best.loss, 2))",
      "\(Numbers.fixed(first.accuracy * 100, 0)) \(arrow) \(Numbers.percent(best.accuracy))",
    ]
  }

  /// What an event is in a log: plain lines that stand alone.
  func logLines(of event: TrainingEvent) -> [String] {
    switch event {
    case .runStarted(let phases): return ["\(Numbers.count(phases.count, "phase"))"]
    case .phaseStarted(let start):
      return [
        "\(start.phase): \(Numbers.count(start.trainingSamples, "sample")), \(start.validationSamples) for validation, "
          + "\(Numbers.count(start.plannedSteps, "step"))"
          + (start.overLengthSamples > 0 ? ", \(start.overLengthSamples) too long and left out" : "")
          + (start.firstStep > 0 ? ", going on from step \(start.firstStep)" : "")
      ]
    case .validation(let metrics):
      return [
        "\(metrics.phase): step \(metrics.step), validation loss \(Numbers.fixed(metrics.loss, 4)), "
          + "accuracy \(Numbers.fixed(metrics.accuracy, 3)) of \(metrics.count)"
          + (metrics.isBest ? ", best so far" : "")
      ]
    case .phaseFinished(let summary):
      return [
        "\(summary.phase): done in \(DurationText.clock(summary.seconds)), \(Numbers.count(summary.steps, "step"))"
          + (summary.stoppedEarly ? ", stopped early" : "") + ", kept step \(summary.bestStep)" + summary.keptBase
      ]
    case .phaseSkipped(let phase): return ["\(phase): done before"]
    case .phaseLeftOut(let phase, let reason): return ["\(phase): left out: \(reason)"]
    case .runFinished(let seconds): return ["all phases done in \(DurationText.clock(seconds))"]
    case .textsRead, .step: return []
    }
  }
}

extension PhaseSummary {
  /// What is said of a category whose base stays in the place of its aggregator; nothing of others.
  var keptBase: String {
    guard keepsBase, let baseValidation else { return "" }
    return ", its base is better (\(Numbers.percent(baseValidation.accuracy))) and stays"
  }
}
