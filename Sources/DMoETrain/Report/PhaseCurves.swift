import DMoEReport
import Foundation

/// The curves of one phase.
struct PhaseCurves {
  var record: PhaseRecord

  private var name: String { record.phase.description }
  private var validations: [ValidationMetrics] { record.validations.sorted { $0.step < $1.step } }

  func loss(height: Int = 190, isSmall: Bool = false) -> Markup {
    let steps = record.steps.map { (x: Double($0.step), y: $0.loss) }
    var chart = LineChart(
      summary: summary,
      series: [
        .raw(steps), .smooth(steps),
        .init(
          role: .validation, points: validations.map { (x: Double($0.step), y: $0.loss) }, hasDots: true),
      ], height: height, isSmall: isSmall)
    if let best = record.best {
      chart.mark = (Double(best.step), best.loss, "best · \(NumberText.fixed(best.loss, digits: 3))")
    }
    // −log σ(0): what a model gets that rewards all alike.
    if record.phase != .router { chart.level = (log(2), isSmall ? "" : "a coin") }
    return chart.markup
  }

  func accuracy() -> Markup {
    let steps = record.steps.map { (x: Double($0.step), y: $0.accuracy) }
    return LineChart(
      summary: "Accuracy of \(name) by step",
      series: [
        .smooth(steps),
        .init(
          role: .validation, points: validations.map { (x: Double($0.step), y: $0.accuracy) }, hasDots: true),
      ], height: 64, isSmall: true, isPercentage: true
    ).markup
  }

  func learningRate() -> Markup { small("Learning rate", \.learningRate) }
  func gradientNorm() -> Markup { small("Gradient norm", \.gradientNorm) }

  private func small(_ what: String, _ value: KeyPath<StepMetrics, Double>) -> Markup {
    let points = record.steps.map { (x: Double($0.step), y: $0[keyPath: value]) }
    return LineChart(
      summary: "\(what) of \(name) by step", series: [.raw(points, role: .plain)], height: 64, isSmall: true
    ).markup
  }

  private var summary: String {
    var text = "Loss of \(name)"
    if let last = record.steps.last { text += " over \(last.step) steps" }
    if let first = record.first { text += "; validation \(NumberText.fixed(first.loss, digits: 3)) before training" }
    if let best = record.best { text += ", \(NumberText.fixed(best.loss, digits: 3)) at best, at step \(best.step)" }
    return text
  }
}

extension PhaseRecord {
  /// Whether there is anything to draw.
  var hasCurve: Bool { steps.count > 1 || validations.count > 1 }

  /// What a validation says before training and at the step that was kept: "0.72 → 0.59".
  func change(_ text: (ValidationMetrics) -> String) -> String {
    let values = [first, best].compactMap { $0 }.map(text)
    return values.isEmpty ? NumberText.missing : values.joined(separator: " → ")
  }

  /// What became of the phase, in a few words.
  var outcome: String {
    if let leftOutReason { return "left out: \(leftOutReason)" }
    if let summary {
      return (summary.stoppedEarly ? "stopped early" : "done") + (summary.keepsBase ? ", base kept" : "")
    }
    return start == nil ? "not begun" : "under way"
  }
}
