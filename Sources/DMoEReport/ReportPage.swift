/// A page that needs no network: its styles and pictures are inside, and it is light or dark as the reader's system is.
package struct ReportPage: Sendable {
  /// The heading.
  package var title: String
  /// Facts to know first, in order.
  package var facts: [(String, String)]
  /// Style sheets besides `ReportStyle.sheet`.
  package var sheets: [StaticString]
  /// The sections that follow the heading, in order.
  package var content: [Markup]
  /// The small print at the end.
  package var footer: String

  /// A page.
  package init(
    title: String, facts: [(String, String)], sheets: [StaticString] = [], content: [Markup], footer: String
  ) {
    self.title = title
    self.facts = facts
    self.sheets = sheets
    self.content = content
    self.footer = footer
  }

  /// The page as HTML.
  package func html() -> String {
    let head = Markup.element(
      "head", [:], .void("meta", ["charset": "utf-8"]),
      .void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
      // Nothing is fetched or run, whatever the texts in the page say.
      .void(
        "meta",
        ["http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"]),
      .element("title", [:], "\(title)"), ([ReportStyle.sheet] + sheets).map(Markup.style).joined)
    let body = Markup.element(
      "body", [:], .element("main", [:], [header] + content + [.element("footer", [:], "\(footer)")]))
    return "<!doctype html>\n" + Markup.element("html", ["lang": "en"], head, body).source + "\n"
  }

  private var header: Markup {
    .element(
      "header", [:], .element("h1", [:], "\(title)"),
      .element(
        "dl", ["class": "facts"],
        facts.map { .element("div", [:], .element("dt", [:], "\($0.0)"), .element("dd", [:], "\($0.1)")) }))
  }
}
