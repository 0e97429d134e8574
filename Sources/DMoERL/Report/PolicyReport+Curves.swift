import DMoEReport

extension PolicyReport {
  /// What happened by step.
  var curveSection: Markup {
    guard metrics.count > 1 else { return .empty }
    let small: [Markup] = [
      curve("Divergence from the reference, nats a token", { $0.divergence }),
      curve("Entropy, nats a token", { $0.entropy }),
      curve("Tokens of a completion", { $0.tokens }),
      curve("Cut off", { $0.truncated }, isPercentage: true),
      curve(
        "Groups whose rewards differ", { Double($0.groupsWithVariance) / Double(max(1, $0.groups)) },
        isPercentage: true),
      curve("Deviation of rewards in a group", { $0.groupDeviation }),
      curve("Clipped ratios", { $0.clipped }, isPercentage: true),
      curve("Completions without a reward", { $0.abstentions }, isPercentage: true),
      curve("Gradient norm", { $0.gradientNorm }),
      curve("How far experts are apart on one text", { $0.disagreement }),
      curve("Doubt of the router", { $0.routerDoubt }, isPercentage: true),
      curve("Loss of the values", { $0.valueLoss }),
      curve("Variance that values explain", { $0.explainedVariance }),
    ]
    let curves = (small + partCurves).filter { !$0.source.isEmpty }
    return .section(
      "Step by step",
      note: "Rewards of what was sampled for training. \(timeNote)",
      .card(
        .figure("Mean reward", rewardCurve), .element("div", ["class": "minis"], curves)))
  }

  /// What experts, members or several reward functions give, one curve each.
  private var partCurves: [Markup] {
    let names = Set(metrics.flatMap { ($0.parts ?? [:]).keys }).sorted()
    return names.map { name in curve("Reward by \(name)", { $0.parts?[name] }) }
  }

  private var rewardCurve: Markup {
    let points = points { $0.reward }
    return LineChart(
      summary: "Mean reward by step, from \(Self.number(points.first?.y)) to \(Self.number(points.last?.y))",
      series: [.raw(points), .smooth(points)]
    ).markup
  }

  /// A small curve; nothing where no step has the number.
  private func curve(_ caption: String, _ value: (PolicyStepMetrics) -> Double?, isPercentage: Bool = false) -> Markup {
    let points = points(value)
    guard let first = points.first?.y, points.count > 1 else { return .empty }
    if points.allSatisfy({ $0.y == first }) {
      let value = isPercentage ? NumberText.percent(first, digits: 0) : Self.number(first)
      return .figure(caption, .element("p", ["class": "note"], "\(value) at every step"))
    }
    return .figure(
      caption,
      LineChart(
        summary: "\(caption) by step", series: [.raw(points, role: .plain)], height: 64, isSmall: true,
        isPercentage: isPercentage
      ).markup)
  }

  private func points(_ value: (PolicyStepMetrics) -> Double?) -> [(x: Double, y: Double)] {
    metrics.compactMap { step in value(step).map { (Double(step.step), $0) } }
  }

  /// Where the time of a step went.
  private var timeNote: String {
    let total = metrics.map(\.seconds.total).mean
    guard total > 0 else { return "" }
    func share(_ part: KeyPath<PolicyStepMetrics.Seconds, Double>) -> String {
      NumberText.percent(metrics.map { $0.seconds[keyPath: part] }.mean / total, digits: 0)
    }
    return """
      A step took \(NumberText.fixed(total, digits: 1)) s: sampling \(share(\.sampling)), rewards \(share(\.rewards)), \
      updates \(share(\.updates)).
      """
  }
}
