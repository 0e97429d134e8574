import DMoECore
import Foundation

extension MetricsFile {
  /// Puts the lines of phases that ended in any order into the order of the plan, as a run of one process writes them; the file is
  /// not added to afterwards.
  ///
  /// Phases that were left out come behind the others, in the order in which that was told: a run that goes on forgets what stands
  /// behind the last result by its length, which so stays the length of the same lines.
  ///
  /// So do later starts of a run. A line that is no event stays behind the phases too: metrics are no reason to lose a model.
  ///
  /// - Throws: `CoreError.unwritableFile`.
  func arrange(by phases: [TrainingPhase]) throws {
    let newline = UInt8(ascii: "\n")
    let lines = try Data(contentsOf: url).split(separator: newline)
    let keys = lines.enumerated().map { index, line -> Int in
      guard let event = try? JSONDecoder().decode(TrainingEvent.self, from: line) else { return phases.count }
      if index > 0, case .runStarted = event { return phases.count }
      return Self.place(of: event, phases)
    }
    let order = lines.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
    guard order != Array(lines.indices) else { return }
    try AtomicFile<CoreError>.write(Data(order.flatMap { lines[$0] + [newline] }), to: url)
  }

  private static func place(of event: TrainingEvent, _ phases: [TrainingPhase]) -> Int {
    switch event {
    case .runStarted: -1
    case .phaseLeftOut: phases.count
    case .runFinished: phases.count + 1
    default: event.phase.flatMap { phases.firstIndex(of: $0) } ?? phases.count
    }
  }
}
