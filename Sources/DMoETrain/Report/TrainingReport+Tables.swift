import DMoEEvaluate
@_spi(Command) import DMoEFoundation
import DMoEReport

extension TrainingReport {
  /// What every phase did.
  var phaseSection: Markup {
    guard !run.phases.isEmpty else { return .empty }
    let rows = run.phases.map { record -> [Markup] in
      let summary = record.summary
      let training = summary?.trainingSamples ?? record.start?.trainingSamples
      let validation = record.start.map { "\($0.validationSamples)" } ?? NumberText.missing
      let number: (Int?) -> String = { $0.map { "\($0)" } ?? NumberText.missing }
      return [
        "\(Self.displayName(record.phase))", "\(number(training)) / \(validation)",
        "\(number(summary?.steps ?? record.steps.last?.step))", "\(number(record.best?.step))",
        "\(record.change { NumberText.fixed($0.loss, digits: 3) })",
        "\(record.change { NumberText.percent($0.accuracy) })",
        "\(summary.map { DurationText.clock($0.seconds) } ?? NumberText.missing)",
        "\(NumberText.fixed(record.medianTokensPerSecond, digits: 0))", "\(record.outcome)",
      ]
    }
    return .section(
      "Phases", note: "Validation is before training → at the step that was kept.",
      .card(
        .table(
          [
            "phase", "samples / validation", "steps", "best step", "validation loss", "validation accuracy", "time",
            "tokens/s", "outcome",
          ], rows, lastIsText: true)))
  }

  /// Every number of the pictures, folded away.
  var rawSection: Markup {
    var tables: [Markup] = evaluations.map { name, evaluation in
      .folded("Accuracy by slice: \(name)", Self.slices(evaluation))
    }
    if let router { tables.append(.folded("Router", Self.routing(router))) }
    tables += run.phases.filter { !$0.validations.isEmpty || !$0.steps.isEmpty }.map { record in
      .folded("\(Self.displayName(record.phase)) (\(record.phase))", Self.points(record))
    }
    guard !tables.isEmpty else { return .empty }
    return .section(
      "Numbers", note: "What the pictures show. Training steps are means of a stretch where there are many.",
      .card(tables.joined))
  }

  private static func slices(_ evaluation: RankingEvaluation) -> Markup {
    let all = [("", [evaluation.overall])] + evaluation.groups.map { ($0.title + " ", $0.slices) }
    let rows = all.flatMap { title, slices in
      slices.map { slice -> [Markup] in
        [
          "\(title + slice.name)", "\(slice.pairs)", "\(NumberText.percent(slice.accuracy.value))",
          "\(NumberText.interval(slice.accuracy))", "\(NumberText.percent(slice.longerReply.value))",
          "\(NumberText.points(slice.difference))", "\(NumberText.percent(slice.shorterChosen.value))",
          "\(NumberText.percent(slice.expertAccuracy?.value))", "\(NumberText.fixed(slice.meanMargin, digits: 3))",
          "\(NumberText.fixed(slice.meanLoss, digits: 3))", "\(slice.tiedRewards)",
        ]
      }
    }
    return .table(
      [
        "slice", "pairs", "accuracy", "95 % interval", "longer reply", "difference", "shorter chosen", "expert",
        "margin", "loss", "equal rewards",
      ], rows)
  }

  private static func routing(_ router: RouterEvaluation) -> Markup {
    .table(
      ["category", "prompts", "recall", "95 % interval", "precision"],
      router.categories.map { category in
        [
          "\(category.name)", "\(category.recall.total)", "\(NumberText.percent(category.recall.value))",
          "\(NumberText.interval(category.recall))", "\(NumberText.percent(category.precision.value))",
        ]
      })
  }

  /// At most about a hundred rows of steps, and all validations.
  private static func points(_ record: PhaseRecord) -> Markup {
    let stretch = max(1, (record.steps.count + 99) / 100)
    let steps = stride(from: 0, to: record.steps.count, by: stretch).map { start -> (Int, [Markup]) in
      let part = record.steps[start..<min(start + stretch, record.steps.count)]
      func mean(_ value: KeyPath<StepMetrics, Double>) -> Double {
        part.reduce(0) { $0 + $1[keyPath: value] } / Double(part.count)
      }
      let last = part.last?.step ?? 0
      return (
        last,
        [
          "training", "\(last)", "\(NumberText.fixed(mean(\.loss), digits: 4))",
          "\(NumberText.percent(mean(\.accuracy)))", "\(NumberText.fixed(mean(\.margin), digits: 3))",
          "\(NumberText.fixed(mean(\.gradientNorm), digits: 3))", "\(NumberText.scientific(mean(\.learningRate)))",
          "\(NumberText.fixed(mean(\.tokensPerSecond), digits: 0))",
        ]
      )
    }
    let validations = record.validations.map { validation -> (Int, [Markup]) in
      (
        validation.step,
        [
          "\(validation.isBest ? "validation, best so far" : "validation")", "\(validation.step)",
          "\(NumberText.fixed(validation.loss, digits: 4))", "\(NumberText.percent(validation.accuracy))", "", "", "",
          "",
        ]
      )
    }
    return .table(
      ["", "step", "loss", "accuracy", "margin", "gradient norm", "learning rate", "tokens/s"],
      (steps + validations).enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }
        .map(\.element.1))
  }
}
