import DMoEExperiment
import DMoERL
@_spi(Command) import DMoERM

/// Shows an experiment: a live line on a terminal, and a line for each member and set.
struct ExperimentProgress {
  /// A member under way.
  private struct Member {
    let id: MemberID
    /// Its place among all, and what it is.
    let name: String
    var training = TrainingProgress(phases: [])
  }

  private let console = Console.error
  /// Those that train side by side, in the order in which they began.
  private var members: [Member] = []
  /// The policy under way, and since when.
  private var policy: (name: String, start: ContinuousClock.Instant) = ("", .now)
  /// Of what is told of as a whole: texts read, a set scored.
  private var start: ContinuousClock.Instant?
  /// When it was last told of, where nobody watches.
  private var told: ContinuousClock.Instant?

  mutating func handle(_ event: ExperimentEvent) {
    switch event {
    case .readingBackbone(let done, let total): reading(done, total)
    case .drawing(let set, let done, let total): working("writing texts, \(set)", done, total)
    case .drawn(let set, let texts, let empty):
      let left = empty > 0 ? ", \(empty) more left out that say nothing" : ""
      console.print("\(console.terminal.tick) written, \(set): \(Numbers.count(texts, "text"))\(left)")
    case .judging(let set, let done, let total): working("judging \(set)", done, total)
    case .judged(let set, let samples, let tooLong):
      let left = tooLong > 0 ? ", \(tooLong) left out that are longer than the judge reads" : ""
      console.print("\(console.terminal.tick) judged \(set): \(Numbers.count(samples, "sample"))\(left)")
    case .readingTexts(let done, let total):
      if done == 0, !console.terminal.isInteractive { console.print("reading \(Numbers.count(total, "text"))") }
      working("reading texts", done, total)
    case .memberStarted(let id, let place, let count):
      members.append(Member(id: id, name: "\(place)/\(count) \(id)"))
    case .training(let id, let event):
      guard let place = place(of: id) else { return }
      members[place].training.apply(event)
      let name = members[place].name
      if case .phaseFinished(let summary) = event, !console.terminal.isInteractive {
        let accuracy = summary.bestValidation.map { ", validation \(Numbers.percent($0.accuracy))" } ?? ""
        console.print(
          "\(name): \(summary.phase) in \(DurationText.clock(summary.seconds))\(accuracy)\(summary.keptBase)")
      }
      if case .phaseLeftOut(let phase, let reason) = event {
        console.print("\(name): \(phase) left out: \(reason)")
      }
      console.show { [members] in Self.line(members, $0) }
    case .memberFinished(let id, let cost):
      guard let place = place(of: id) else { return }
      let name = members.remove(at: place).name
      console.print(
        "\(console.terminal.tick) \(name): \(Numbers.count(cost.steps, "step")), "
          + "\(Numbers.rate(Double(cost.tokens))) tokens, \(DurationText.clock(cost.seconds))")
    case .memberFailed(let id, let reason):
      guard let place = place(of: id) else { return }
      console.print("\(console.terminal.dash) \(members.remove(at: place).name): \(reason)")
    case .scoring(let set, let done, let total): working("scoring \(set)", done, total)
    case .scored(let set): console.print("\(console.terminal.tick) scored \(set)")
    case .timing(let done, let total): working("timing proxies", done, total)
    case .policyStarted(let id, let place, let count): policy = ("\(place)/\(count) \(id)", .now)
    case .policyStep(_, let metrics):
      working("\(policy.name): step", metrics.step, step: metrics)
    case .policyMeasuring(_, let step, let done, let total):
      if done == 1 { start = .now }
      working("\(policy.name): measuring after \(Numbers.count(step, "step"))", done, total)
    case .policyFinished(_, let steps, let ending):
      let seconds = DurationText.clock(policy.start.duration(to: .now).seconds)
      console.print(
        "\(console.terminal.tick) \(policy.name): \(Numbers.count(steps, "step")), \(seconds)"
          + (ending == "\(StopReason.finished)" ? "" : ", ended: \(ending)"))
    }
  }

  private func place(of id: MemberID) -> Int? { members.firstIndex { $0.id == id } }

  /// Only where it takes more than a moment.
  private mutating func reading(_ done: Int, _ total: Int) {
    let start = done == 0 ? ContinuousClock.now : start ?? .now
    self.start = start
    if done == 0 { told = start }
    guard start.duration(to: .now) >= .seconds(1) else { return }
    working("reading the backbone, layer", done, total)
    if done == total { console.clear() }
  }

  private mutating func working(_ what: String, _ done: Int, _ total: Int) {
    let start = done == 0 ? ContinuousClock.now : start ?? .now
    self.start = start
    let seconds = start.duration(to: .now).seconds
    if done == 0 { told = start }
    if !console.terminal.isInteractive, let last = told, last.duration(to: .now) >= Working.pause {
      told = .now
      console.print(Working.words(what, done: done, of: total, seconds: seconds))
    }
    console.show { Working.line(what, done: done, of: total, seconds: seconds, $0) }
  }

  /// A step of a policy, with its reward.
  private mutating func working(_ what: String, _ number: Int, step: PolicyStepMetrics) {
    let reward = step.reward.map { ", reward \(Numbers.reward(Float($0)))" } ?? ""
    let line = "\(what) \(number)\(reward)"
    if !console.terminal.isInteractive, told.map({ $0.duration(to: .now) >= Working.pause }) ?? true {
      told = .now
      console.print(line)
    }
    console.show { _ in line }
  }

  /// One line for all members: of several only where each is.
  private static func line(_ members: [Member], _ terminal: Terminal) -> String {
    guard members.count > 1 else {
      guard let member = members.first else { return "" }
      var narrow = terminal
      narrow.width = max(20, terminal.width - member.name.displayWidth - 2)
      return member.name + "  " + member.training.line(narrow)
    }
    let text = members.map { "\($0.name): \($0.training.place)" }.joined(separator: "  ")
    return text.truncated(to: max(1, terminal.width - 1), ellipsis: terminal.hasUnicode ? "…" : ".")
  }
}
