import DMoEReport

extension TrainingReport {
  /// One card a category: base and aggregator, then the experts as small multiples.
  var categorySections: Markup {
    let categories = run.categories
    guard !categories.isEmpty else { return .empty }
    return .section(
      "Training", note: "Loss by step, in nats a pair: lower is better.",
      .element(
        "div", ["class": "legend"],
        Self.key("line", "curve smooth", "training, smoothed"), Self.key("line", "curve raw", "training, each step"),
        Self.key("circle", "dot validation", "validation"), Self.key("circle", "ring", "the best, which is kept")),
      categories.map(category).joined)
  }

  private static func key(_ shape: String, _ style: String, _ name: String) -> Markup {
    let picture: Markup =
      shape == "line"
      ? .element("line", ["class": style, "x1": "0", "x2": "18", "y1": "6", "y2": "6"])
      : .element("circle", ["class": style, "cx": "9", "cy": "6", "r": "4"])
    return .element(
      "span", ["class": "key"],
      .element("svg", ["width": "18", "height": "12", "aria-hidden": "true"], picture), "\(name)")
  }

  private func category(_ identifier: String) -> Markup {
    let records = run.phases.filter { $0.phase.category == identifier }
    let isExpert: (PhaseRecord) -> Bool = { if case .expert = $0.phase { true } else { false } }
    let experts = records.filter(isExpert)
    return .card(
      .element(
        "div", ["class": "heading"], .element("h3", [:], "\(ReportText.displayName(identifier))"),
        .element("p", ["class": "note"], "\(standing(of: identifier))")),
      .element("div", ["class": "cols"], records.filter { !isExpert($0) }.map(mainPhase)),
      experts.isEmpty ? .empty : .element("div", ["class": "experts"], experts.map(expert)))
  }

  /// How the category does on the measured pairs, in words.
  private func standing(of category: String) -> String {
    guard let slice = evaluations.first?.1.categories.first(where: { $0.name == category }) else { return "" }
    var text = "accuracy \(NumberText.percent(slice.accuracy.value)) (\(NumberText.interval(slice.accuracy)))"
    text += ", \(NumberText.points(slice.difference)) points on the longer reply"
    if evaluations.count > 1,
      let other = evaluations[1].1.categories.first(where: { $0.name == category })?.accuracy.value,
      let value = slice.accuracy.value
    {
      text += ", \(NumberText.points(value - other)) on \(evaluations[1].name)"
    }
    return text
  }

  private func mainPhase(_ record: PhaseRecord) -> Markup {
    let title =
      switch record.phase {
      case .base: "Base"
      case .aggregator: "Aggregator"
      default: Self.displayName(record.phase)
      }
    var parts: [Markup] = [.element("h4", [:], "\(title)")]
    let curves = PhaseCurves(record: record)
    parts.append(.figure(change(record), record.hasCurve ? curves.loss() : .empty))
    if record.steps.count > 1 {
      parts.append(
        .element(
          "div", ["class": "minis"], .figure("accuracy", curves.accuracy()),
          .figure("learning rate", curves.learningRate()), .figure("gradient norm", curves.gradientNorm())))
    }
    return .element("div", [:], parts)
  }

  private func expert(_ record: PhaseRecord) -> Markup {
    guard case .expert(let category, let point) = record.phase else { return .empty }
    let slice = evaluations.first?.1.capabilities.first { $0.name == "\(category)/\(point)" }
    var caption = change(record)
    if let accuracy = slice?.expertAccuracy?.value {
      caption += " · measured \(NumberText.percent(accuracy, digits: 0))"
    }
    return .element(
      "div", [:], .element("h4", [:], "\(ReportText.displayName(point))"),
      .figure(
        caption, record.hasCurve ? PhaseCurves(record: record).loss(height: 96, isSmall: true) : .empty))
  }

  /// "validation 52 % → 68 %", or why there is no curve.
  private func change(_ record: PhaseRecord) -> String {
    guard record.best != nil, record.leftOutReason == nil else { return record.outcome }
    var text = "validation \(record.change { NumberText.percent($0.accuracy, digits: 0) })"
    if record.summary == nil { text += " · under way" }
    if let summary = record.summary, summary.keepsBase, let base = summary.baseValidation {
      text += " · the base is better there (\(NumberText.percent(base.accuracy, digits: 0))) and stays"
    }
    return text
  }
}
