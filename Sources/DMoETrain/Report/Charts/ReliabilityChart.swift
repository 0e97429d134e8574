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
    let x = Scale(0.5...1)
    let y = Scale(0...1)
    let total = max(1, calibration.bins.reduce(0) { $0 + $1.accuracy.total })
    var parts: [Markup] = [.element("title", [:], "\(summary)")]
    for tick in stride(from: 0.0, through: 1, by: 0.25) {
      let place = (1 - tick).cssPercent
      parts.append(.element("line", ["class": "grid", "x1": "0", "x2": "100%", "y1": place, "y2": place]))
      parts.append(
        .element(
          "text", ["class": "tick up", "x": "-6", "y": place, "dy": "0.32em"],
          "\(NumberText.percent(tick, digits: 0))"))
    }
    for tick in stride(from: 0.5, through: 1, by: 0.1) {
      parts.append(
        .element(
          "text", ["class": "tick across", "x": x.fraction(tick).cssPercent, "y": "100%", "dy": "1.4em"],
          "\(NumberText.percent(tick, digits: 0))"))
    }
    parts.append(.element("line", ["class": "level", "x1": "0", "x2": "100%", "y1": "50%", "y2": "0"]))
    for bin in calibration.bins {
      guard let confidence = bin.meanConfidence, let accuracy = bin.accuracy.value else { continue }
      let place = x.fraction(confidence).cssPercent
      let interval = bin.accuracy.interval
      parts.append(
        .element(
          "line",
          [
            "class": "interval dot", "x1": place, "x2": place, "y1": (1 - interval.lowerBound).cssPercent,
            "y2": (1 - interval.upperBound).cssPercent,
          ]))
      let radius = 3 + 9 * (Double(bin.accuracy.total) / Double(total)).squareRoot()
      parts.append(
        .element(
          "circle",
          [
            "class": "shape dot", "cx": place, "cy": (1 - y.fraction(accuracy)).cssPercent,
            "r": NumberText.fixed(radius, digits: 1),
          ],
          .element(
            "title", [:],
            """
            confidence \(NumberText.percent(confidence)): right in \(NumberText.percent(accuracy)) \
            of \(bin.accuracy.total) pairs
            """)))
    }
    return .element(
      "svg", ["class": "plot", "role": "img", "aria-label": summary, "width": "100%", "height": "230"], parts)
  }

  private var summary: String {
    let bins = calibration.bins.compactMap { bin in
      bin.meanConfidence.map { "at \(NumberText.percent($0)) right in \(NumberText.percent(bin.accuracy.value))" }
    }
    return "Confidence and accuracy: " + (bins.isEmpty ? "no pairs" : bins.joined(separator: "; "))
  }
}
