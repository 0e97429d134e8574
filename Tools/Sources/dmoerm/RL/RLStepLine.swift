import DMoERL

/// A step's metrics as a line of a table.
struct RLStepLine {
  let text: String

  private static let widths = [5, 9, 8, 7, 8, 9, 6]
  static let head = row(["step", "reward", "KL", "tokens", "cut off", "entropy", "s"])

  init(_ step: PolicyStepMetrics) {
    let seconds = step.seconds.sampling + step.seconds.rewards + step.seconds.updates
    text = Self.row([
      "\(step.step)", step.reward.map { Numbers.reward(Float($0)) } ?? "none",
      step.divergence.map { Numbers.fixed($0, 4) } ?? "", Numbers.fixed(step.tokens, 0),
      Numbers.percent(step.truncated), Numbers.fixed(step.entropy, 3), Numbers.fixed(seconds, 1),
    ])
  }

  private static func row(_ cells: [String]) -> String {
    zip(cells, widths).map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined(separator: "  ")
  }
}
