extension Markup {
  /// A part of a page under a heading of its own.
  package static func section(_ heading: String, note: String, _ content: Markup...) -> Markup {
    .element(
      "section", [:], [.element("h2", [:], "\(heading)"), .element("p", ["class": "note"], "\(note)")] + content)
  }

  /// A box.
  package static func card(_ content: Markup...) -> Markup { .element("div", ["class": "card"], content) }

  /// A picture with words above it.
  package static func figure(_ caption: String, _ content: Markup) -> Markup {
    .element("figure", [:], .element("figcaption", [:], "\(caption)"), content)
  }

  /// One number that one looks for first.
  package static func tile(_ name: String, _ value: String, _ detail: String, isMain: Bool = false) -> Markup {
    .element(
      "div", ["class": isMain ? "tile main" : "tile"], .element("span", [:], "\(name)"),
      .element("b", [:], "\(value)"), .element("span", [:], "\(detail)"))
  }

  /// Tiles side by side; nothing if there are none.
  package static func tiles(_ tiles: [Markup]) -> Markup {
    tiles.isEmpty ? .empty : .element("div", ["class": "tiles"], tiles)
  }

  /// A section that a reader opens to see.
  package static func folded(_ title: String, _ content: Markup) -> Markup {
    .element("details", [:], .element("summary", [:], "\(title)"), content)
  }

  /// A table that scrolls by itself where the page is narrow.
  ///
  /// - Parameter lastIsText: Whether the last column holds words, which may take several lines.
  package static func table(_ header: [String], _ rows: [[Markup]], lastIsText: Bool = false) -> Markup {
    .element(
      "div", ["class": "scroll"],
      .element(
        "table", [:],
        .element(
          "thead", [:],
          .element(
            "tr", [:],
            header.enumerated().map { index, name in
              let style = lastIsText && index == header.count - 1 ? "text" : "number"
              return .element("th", ["scope": "col", "class": style], "\(name)")
            })),
        .element(
          "tbody", [:],
          rows.map { row in
            .element(
              "tr", [:],
              row.enumerated().map { index, cell in
                .element("td", ["class": lastIsText && index == row.count - 1 ? "text" : "number"], cell)
              })
          })))
  }
}
