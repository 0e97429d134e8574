import DMoERM

/// Shows an experiment: a live line on a terminal, and a line for each member and set.
struct ExperimentProgress {
  private let console = Console.error
  private var member = ""
  private var training = TrainingProgress(phases: [])
  private var scoringStart: ContinuousClock.Instant?

  mutating func handle(_ event: ExperimentEvent) {
    switch event {
    case .memberStarted(let contender, let seed, let place, let count):
      member = "\(place)/\(count) \(contender) \(seed)"
    case .training(_, _, let event):
      training.apply(event)
      let prefix = member
      if case .phaseFinished(let summary) = event, !console.terminal.isInteractive {
        let accuracy = summary.bestValidation.map { ", validation \(Numbers.percent($0.accuracy))" } ?? ""
        console.print("\(prefix): \(summary.phase) in \(Numbers.duration(summary.seconds))\(accuracy)")
      }
      if case .phaseLeftOut(let phase, let reason) = event {
        console.print("\(prefix): \(phase) left out: \(reason)")
      }
      console.show { terminal in
        var narrow = terminal
        narrow.width = max(20, terminal.width - prefix.displayWidth - 2)
        return prefix + "  " + training.line(narrow)
      }
    case .memberFinished(_, _, let cost):
      console.print(
        "\(console.terminal.tick) \(member): \(Numbers.count(cost.steps, "step")), "
          + "\(Numbers.rate(Double(cost.tokens))) tokens, \(Numbers.duration(cost.seconds))")
    case .scoring(let set, let done, let total):
      let start = done == 0 ? ContinuousClock.now : scoringStart ?? .now
      scoringStart = start
      console.show {
        Working.line("scoring \(set)", done: done, of: total, seconds: start.duration(to: .now).seconds, $0)
      }
    case .scored(let set): console.print("\(console.terminal.tick) scored \(set)")
    }
  }
}
