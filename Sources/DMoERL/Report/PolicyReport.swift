import DMoECore
import DMoEFoundation
import DMoEReport
public import Foundation

/// A report on a policy's training, as one HTML page that needs no network: rewards, divergence and signs of trouble by step,
/// and what the policy wrote to held-out prompts before and after.
///
/// ```swift
/// var trainer = try PolicyTrainer(policy)
/// var metrics = [try await trainer.step(["Why is the sky blue?"], by: model)]
/// for _ in 1..<20 { metrics.append(try await trainer.step(["Why is the sky blue?"], by: model)) }
/// try PolicyReport(metrics: metrics).write(to: url)
/// ```
public struct PolicyReport: Sendable {
  /// The page's heading.
  public var title = "Training a policy by a reward"
  /// Facts to show of the run (policy, reward, algorithm, date, ...), in order.
  public var facts: [(String, String)]
  /// What happened, step by step.
  public let metrics: [PolicyStepMetrics]
  /// Why the run ended; `nil` if it did not.
  public let stopReason: StopReason?
  /// Held-out prompts before and after; `nil` if there were none.
  public let comparison: PolicyComparison?

  /// A report on a run.
  public init(
    metrics: [PolicyStepMetrics], stopReason: StopReason? = nil, comparison: PolicyComparison? = nil,
    facts: [(String, String)] = []
  ) {
    self.metrics = metrics
    self.stopReason = stopReason
    self.comparison = comparison
    self.facts = facts
  }

  /// The page: HTML with its styles and pictures inside, light or dark as the reader's system is.
  public func html() -> String {
    ReportPage(
      title: title, facts: facts + [("ended", stopReason.map(\.description) ?? "not yet")], sheets: [Self.sheet],
      content: [summary, verdictSection, exampleSection, curveSection, stepSection], footer: footer
    ).html()
  }

  /// Writes the page; a reader sees the old page or the new one.
  ///
  /// - Throws: `CoreError.unwritableFile`.
  public func write(to url: URL) throws { try AtomicFile<CoreError>.write(Data(html().utf8), to: url) }

  private var footer: String {
    "Intervals are 95 % intervals over prompts, found by resampling them. The divergence is measured on the policy's own texts "
      + "against the policy without its adapter."
  }

  private var summary: Markup {
    var tiles: [Markup] = []
    for (place, verdict) in (comparison?.verdicts ?? []).enumerated() {
      tiles.append(
        .tile(
          place == 0 ? "held-out reward" : "independent judge, \(verdict.judge)", Self.signed(verdict.gain?.value),
          "\(Self.number(verdict.before?.value)) → \(Self.number(verdict.after?.value))", isMain: place == 0))
    }
    if let divergence = comparison?.after.divergence {
      tiles.append(.tile("divergence spent", Self.number(divergence.value), "nats a text"))
    }
    if let last = metrics.last {
      let seconds = metrics.map(\.seconds.total).mean
      tiles.append(.tile("steps", "\(last.step)", "\(NumberText.fixed(seconds, digits: 1)) s each"))
    }
    return .tiles(tiles)
  }

  private var verdictSection: Markup {
    guard let comparison else { return .empty }
    let rows = comparison.verdicts.map { verdict -> [Markup] in
      [
        "\(verdict.judge)", "\(Self.mean(verdict.before))", "\(Self.mean(verdict.after))", "\(Self.mean(verdict.gain))",
        "\(NumberText.percent(verdict.better, digits: 0))",
        "\(NumberText.percent(verdict.abstainedBefore, digits: 0)) → \(NumberText.percent(verdict.abstainedAfter, digits: 0))",
      ]
    }
    let count = ReportText.count(comparison.before.answers.count, "held-out prompt")
    let texts = comparison.before.answers.first.map { ReportText.count($0.texts.count, "text") } ?? "no texts"
    return .section(
      "What judges say",
      note: """
        Mean rewards of \(count), \(texts) each. The first judge trained the policy: others say whether what it likes is \
        better, or whether the policy learned to please it.
        """,
      .card(.table(["judge", "before", "after", "gain", "prompts answered better", "without a reward"], rows)))
  }

  private var stepSection: Markup {
    guard !metrics.isEmpty else { return .empty }
    let rows = metrics.map { step -> [Markup] in
      [
        "\(step.step)", "\(Self.number(step.reward))", "\(NumberText.fixed(step.divergence, digits: 4))",
        "\(NumberText.fixed(step.entropy, digits: 3))", "\(NumberText.fixed(step.tokens, digits: 0))",
        "\(NumberText.percent(step.truncated, digits: 0))", "\(NumberText.percent(step.clipped, digits: 1))",
        "\(step.groupsWithVariance)", "\(NumberText.percent(step.abstentions, digits: 0))",
        "\(NumberText.fixed(step.seconds.total, digits: 1))",
      ]
    }
    let header = [
      "step", "reward", "KL a token", "entropy", "tokens", "cut off", "clipped", "groups that differ", "no reward", "s",
    ]
    return .folded("All steps as a table", .table(header, rows))
  }

  /// "1.234", with a true minus sign.
  static func number(_ value: Double?) -> String { NumberText.fixed(value, digits: 3) }

  /// "+0.120".
  static func signed(_ value: Double?) -> String { (value ?? 0) > 0 ? "+" + number(value) : number(value) }

  private static func mean(_ mean: PolicyEvaluation.Mean?) -> String {
    guard let mean else { return NumberText.missing }
    return "\(number(mean.value)) (\(number(mean.interval.lowerBound)) to \(number(mean.interval.upperBound)))"
  }

  private static let sheet: StaticString = """
    .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));gap:14px 26px;margin-top:12px}
    .pair blockquote{margin:0;padding:0 0 0 12px;border-left:3px solid var(--line);white-space:pre-wrap;
    overflow-wrap:anywhere}
    .pair .after blockquote{border-left-color:var(--blue)}.prompt{white-space:pre-wrap;overflow-wrap:anywhere;margin:0 0 4px}
    .role{color:var(--soft);font-size:12px;margin-right:8px}
    """
}

extension PolicyStepMetrics.Seconds {
  /// All of a step.
  var total: Double { sampling + rewards + updates }
}
