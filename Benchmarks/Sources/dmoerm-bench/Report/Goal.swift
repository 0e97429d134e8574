/// What the project wants to reach.
struct Goal {
  let item: String
  let rival: String
  /// How many times as fast as the rival.
  let factor: Double

  static let all =
    ForwardBenchmarks.shapes.map { Goal(item: $0.item, rival: EngineName.reference, factor: 10) }
    + ["forward/1x256", TrainingStepBenchmark.item].map { Goal(item: $0, rival: "torch-f32", factor: 1.5) }

  /// A line for every goal that was measured.
  static func text(_ report: Report, _ peers: [Report]) -> String? {
    var table = Table(["goal", "at least", "measured", ""])
    for goal in all {
      guard let own = report[goal.item, EngineName.openBLAS],
        let other = ([report] + peers).lazy.compactMap({ $0[goal.item, goal.rival] }).first
      else { continue }
      let factor = own.speedup(over: other)
      table.append([
        "\(goal.item): openBLAS over \(goal.rival)", "x" + goal.factor.fixed(1), "x" + factor.fixed(2),
        factor >= goal.factor ? "reached" : "missed",
      ])
    }
    return table.rows.isEmpty ? nil : table.text
  }
}
