extension TrainingReport {
  /// The page: HTML with its styles and pictures inside, light or dark as the reader's system is.
  public func html() -> String {
    let head = Markup.element(
      "head", [:], .void("meta", ["charset": "utf-8"]),
      .void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
      // Nothing is fetched or run, whatever the texts in the page say.
      .void(
        "meta",
        ["http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"]),
      .element("title", [:], "\(title)"), .style(ReportStyle.sheet))
    let body = Markup.element(
      "body", [:],
      .element(
        "main", [:], header, summary, accuracySection, categorySections, routerSection, calibrationSection,
        phaseSection, rawSection, footer))
    return "<!doctype html>\n" + Markup.element("html", ["lang": "en"], head, body).source + "\n"
  }

  private var header: Markup {
    .element(
      "header", [:], .element("h1", [:], "\(title)"),
      .element(
        "dl", ["class": "facts"],
        facts.map { .element("div", [:], .element("dt", [:], "\($0.0)"), .element("dd", [:], "\($0.1)")) }))
  }

  private var footer: Markup {
    var text = "Intervals are 95 % Wilson intervals; pairs of one prompt are counted as if they were independent."
    if run.unreadableLines > 0 {
      text += " \(Self.count(run.unreadableLines, "line")) of metrics.jsonl could not be read and are left out."
    }
    return .element("footer", [:], "\(text)")
  }

  static func section(_ heading: String, note: String, _ content: Markup...) -> Markup {
    .element(
      "section", [:], [.element("h2", [:], "\(heading)"), .element("p", ["class": "note"], "\(note)")] + content)
  }

  static func card(_ content: Markup...) -> Markup { .element("div", ["class": "card"], content) }

  static func figure(_ caption: String, _ content: Markup) -> Markup {
    .element("figure", [:], .element("figcaption", [:], "\(caption)"), content)
  }

  /// "content-richness" as "Content richness".
  static func displayName(_ identifier: String) -> String {
    let words = identifier.split { $0 == "-" || $0 == "_" }.joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  static func displayName(_ phase: TrainingPhase) -> String {
    switch phase {
    case .router: "Router"
    case .base(let category): "\(displayName(category)) · base"
    case .expert(let category, let point): "\(displayName(category)) · \(displayName(point))"
    case .aggregator(let category): "\(displayName(category)) · aggregator"
    }
  }

  static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  /// "4.8 s", "48 s", "12.1 min" or "3.4 h".
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return NumberText.missing }
    if seconds < 60 { return "\(NumberText.fixed(seconds, digits: seconds < 10 ? 1 : 0)) s" }
    return seconds < 3600
      ? "\(NumberText.fixed(seconds / 60, digits: 1)) min" : "\(NumberText.fixed(seconds / 3600, digits: 1)) h"
  }
}
