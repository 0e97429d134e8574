package import DMoEEvaluate
package import DMoEReport

/// Accuracy against confidence by bin: on the diagonal, σ(difference) is the probability that it claims to be.
package struct ReliabilityChart: Sendable {
  /// The calibration that is drawn.
  package var calibration: Calibration

  /// A chart of this calibration.
  package init(calibration: Calibration) { self.calibration = calibration }

  /// The chart as SVG.
  package var markup: Markup {
    let axes = Axes(x: Scale(0.5...1), y: Scale(0...1))
    let diagonal = Markup.element("line", ["class": "level", "x1": "0", "x2": "100%", "y1": "50%", "y2": "0"])
    return .element(
      "svg", ["class": "plot", "role": "img", "aria-label": summary, "width": "100%", "height": "230"],
      [.element("title", [:], "\(summary)")]
        + axes.rows(at: [0, 0.25, 0.5, 0.75, 1]) { NumberText.percent($0, digits: 0) }
        + axes.columns(at: [0.5, 0.6, 0.7, 0.8, 0.9, 1]) { NumberText.percent($0, digits: 0) } + [diagonal]
        + calibration.bins.flatMap { dot($0, axes) })
  }

  /// A bin as a dot, larger where it has more pairs, on its interval; nothing without pairs.
  private func dot(_ bin: Calibration.Bin, _ axes: Axes) -> [Markup] {
    guard let confidence = bin.meanConfidence, let accuracy = bin.accuracy.value else { return [] }
    let total = max(1, calibration.bins.reduce(0) { $0 + $1.accuracy.total })
    let radius = 3 + 9 * (Double(bin.accuracy.total) / Double(total)).squareRoot()
    let (place, interval) = (axes.across(confidence), bin.accuracy.interval)
    return [
      .element(
        "line",
        [
          "class": "interval dot", "x1": place, "x2": place, "y1": axes.down(interval.lowerBound),
          "y2": axes.down(interval.upperBound),
        ]),
      .element(
        "circle",
        [
          "class": "shape dot", "cx": place, "cy": axes.down(accuracy), "r": NumberText.fixed(radius, digits: 1),
        ],
        .element(
          "title", [:],
          """
          confidence \(NumberText.percent(confidence)): right in \(NumberText.percent(accuracy)) \
          of \(bin.accuracy.total) pairs
          """)),
    ]
  }

  private var summary: String {
    let bins = calibration.bins.compactMap { bin in
      bin.meanConfidence.map { "at \(NumberText.percent($0)) right in \(NumberText.percent(bin.accuracy.value))" }
    }
    return "Confidence and accuracy: " + (bins.isEmpty ? "no pairs" : bins.joined(separator: "; "))
  }
}
