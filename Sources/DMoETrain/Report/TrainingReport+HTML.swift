import DMoEReport

extension TrainingReport {
  /// The page: HTML with its styles and pictures inside, light or dark as the reader's system is.
  public func html() -> String {
    ReportPage(
      title: title, facts: facts,
      content: [
        summary, accuracySection, categorySections, routerSection, calibrationSection, phaseSection, rawSection,
      ], footer: footer
    ).html()
  }

  private var footer: String {
    var text = """
      Intervals are of 95 %, by prompts: pairs of one prompt go together. Those of confidence bins count each pair for itself.
      """
    if run.unreadableLines > 0 {
      text += " \(ReportText.count(run.unreadableLines, "line")) of metrics.jsonl could not be read and are left out."
    }
    return text
  }

  static func displayName(_ phase: TrainingPhase) -> String {
    switch phase {
    case .router: "Router"
    case .sharedHead: "Shared head"
    case .sharedBase: "Shared base"
    case .base(let category): "\(ReportText.displayName(category)) · base"
    case .expert(let category, let point):
      "\(ReportText.displayName(category)) · \(ReportText.displayName(point))"
    case .aggregator(let category): "\(ReportText.displayName(category)) · aggregator"
    }
  }
}
