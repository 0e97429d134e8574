@_spi(Command) import DMoEData
package import Foundation

/// What a run's events add up to, phase by phase.
package struct RunRecord: Sendable {
  /// In the order in which they were met.
  private(set) var phases: [PhaseRecord] = []
  /// Of the last uninterrupted part; nil if it is not finished.
  private(set) var seconds: Double?
  /// Lines that are no event: torn by a kill.
  private(set) var unreadableLines = 0
  private var places: [TrainingPhase: Int] = [:]

  /// Reads the events of a run folder's `metrics.jsonl`.
  ///
  /// - Throws: `TrainError.unusableRun`.
  package init(metrics url: URL) throws {
    do {
      var lines = try JSONLines(contentsOf: url)
      let decoder = JSONDecoder()
      while let line = try lines.next() {
        guard let event = try? decoder.decode(TrainingEvent.self, from: line.bytes) else {
          unreadableLines += 1
          continue
        }
        add(event)
      }
    } catch {
      throw TrainError.unusableRun(path: url.path, reason: error.description)
    }
  }

  init(events: some Sequence<TrainingEvent>) {
    for event in events { add(event) }
  }

  private mutating func add(_ event: TrainingEvent) {
    switch event {
    case .runStarted(let phases):
      seconds = nil
      for phase in phases { update(phase) { _ in } }
    case .textsRead: break
    case .phaseStarted(let start): update(start.phase) { $0.begin(start) }
    case .phaseSkipped(let phase): update(phase) { _ in }
    case .phaseLeftOut(let phase, let reason): update(phase) { $0.leftOutReason = reason }
    case .step(let step): update(step.phase) { $0.steps.append(step) }
    case .validation(let validation): update(validation.phase) { $0.add(validation) }
    case .phaseFinished(let summary): update(summary.phase) { $0.summary = summary }
    case .runFinished(let seconds): self.seconds = seconds
    }
  }

  private mutating func update(_ phase: TrainingPhase, _ body: (inout PhaseRecord) -> Void) {
    if places[phase] == nil {
      places[phase] = phases.count
      phases.append(PhaseRecord(phase: phase))
    }
    if let place = places[phase] { body(&phases[place]) }
  }

  subscript(phase: TrainingPhase) -> PhaseRecord? { places[phase].map { phases[$0] } }

  /// What the finished phases say of themselves, in the order of the phases.
  package var summaries: [PhaseSummary] { phases.compactMap(\.summary) }

  /// The task categories, in the order of their phases.
  var categories: [String] {
    var seen = Set<String>()
    return phases.compactMap(\.phase.category).filter { seen.insert($0).inserted }
  }
}

/// What is known of one phase.
struct PhaseRecord: Sendable {
  let phase: TrainingPhase
  var start: PhaseStart?
  var steps: [StepMetrics] = []
  var validations: [ValidationMetrics] = []
  var summary: PhaseSummary?
  var leftOutReason: String?

  init(phase: TrainingPhase) { self.phase = phase }

  /// A phase that goes on after a kill repeats what came after its last checkpoint: that is told once.
  mutating func begin(_ start: PhaseStart) {
    self.start = start
    summary = nil
    leftOutReason = nil
    steps.removeAll { $0.step > start.firstStep }
    validations.removeAll { $0.step > start.firstStep }
  }

  mutating func add(_ validation: ValidationMetrics) {
    validations.removeAll { $0.step == validation.step }
    validations.append(validation)
  }

  /// The validation whose parameters were kept, or the best so far.
  var best: ValidationMetrics? { summary?.bestValidation ?? validations.last(where: \.isBest) }
  /// The validation before training.
  var first: ValidationMetrics? { summary?.firstValidation ?? validations.first { $0.step == 0 } }

  var medianTokensPerSecond: Double? {
    steps.map(\.tokensPerSecond).filter { $0.isFinite && $0 > 0 }.upperMedian
  }
}
