@_spi(Command) import DMoEFoundation
import DMoEReport
import DMoETrain

extension ExperimentReport {
  /// All tables, in order.
  var tables: [ResultTable] {
    [summaryTable, contenderTable] + shownSets.map(accuracyTable)
      + [trustTable, bestOfNTable, categoryTable, sourceTable, lengthTable, routingTable, expertTable]
  }

  /// Every contender on every test set, and on all of them together.
  var summaryTable: ResultTable {
    let sets = summarySets
    let rows = result.contendersFirst.compactMap { row -> [String]? in
      guard let pooled = PooledAccuracy(row, on: sets) else { return nil }
      let cells = sets.map { set -> String in
        guard let own = row.result(on: set) else { return NumberText.missing }
        let difference = own.comparison.map { " (\(Self.signed($0.difference, nil)))" } ?? ""
        return NumberText.fixed(own.accuracy.value * 100, digits: 1) + difference
      }
      return [row.name] + cells + [
        "\(pooled.pairs)", NumberText.fixed(pooled.accuracy * 100, digits: 1),
        pooled.difference.map { Self.signed($0.value, $0.lower...$0.upper) } ?? "reference",
      ]
    }
    return ResultTable(
      title: "All sets",
      note: """
        Percent of pairs right, in brackets the difference to "\(result.referenceName)"; then all pairs of these sets \
        together, with the 95 % interval of the difference by resampling prompts. Contenders come first, then what is read \
        out of them.
        """,
      header: ["model"] + sets.map(\.description) + ["pairs", "together", "difference"],
      rows: sets.count > 1 ? rows : [])
  }

  /// The sets of the summary: tests, for temperatures are found on validation.
  var summarySets: [SetID] { shownSets.filter { $0 != .validation } }

  /// A kind of model that was compared, with its settings.
  var contenderTable: ResultTable {
    ResultTable(
      title: "Contenders",
      note:
        "Labels turned round on purpose, and the settings in which a contender differs from \"\(result.referenceName)\".",
      header: ["contender", "structure", "seeds", "labels turned", "settings of its own"],
      rows: result.contenders.map { contender in
        let noise = contender.noise.map { noise in
          NumberText.percent(noise.share) + (noise.annotators > 1 ? " by each of \(noise.annotators)" : "")
        }
        return [
          contender.id.name, contender.structure.rawValue, contender.seeds.map { "\($0)" }.joined(separator: " "),
          noise ?? "",
          contender.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
        ]
      })
  }

  /// Accuracy on one set, with the difference to the reference.
  func accuracyTable(_ set: SetID) -> ResultTable {
    let rows = result.contendersFirst.compactMap { row -> [String]? in
      guard let own = row.result(on: set) else { return nil }
      let spread = own.accuracyByMember.map { NumberText.fixed($0 * 100, digits: 1) }
      return [
        row.name, "\(own.pairs)", Self.text(own.accuracy),
        own.comparison.map { Self.signed($0.difference, $0.interval) } ?? "reference",
        own.comparison.map { Self.probability($0.pValue) } ?? "",
        spread.count > 1 ? spread.joined(separator: " ") : "", Self.tokens(row.tokens),
        row.seconds > 0 ? DurationText.clock(row.seconds) : NumberText.missing,
      ]
    }
    return ResultTable(
      title: "Ranking accuracy: \(set)",
      note: """
        Percent of pairs, with 95 % intervals by resampling prompts; of several seeds the mean. The difference, in \
        points, is to "\(result.referenceName)" on the same pairs, p by McNemar's exact test. Tokens and time are those of \
        training the members that one reward asks.
        """,
      header: ["model", "pairs", "accuracy", "difference", "p", "by seed", "tokens trained", "training"], rows: rows)
  }

  /// Length and calibration on the first test set.
  var trustTable: ResultTable {
    let set = mainSet
    let rows = result.contendersFirst.compactMap { row -> [String]? in
      guard let own = row.result(on: set) else { return nil }
      return [
        row.name, NumberText.percent(own.shorterChosen), NumberText.fixed(own.lengthCorrelation, digits: 2),
        NumberText.percent(own.lengthControl.removed.value), NumberText.percent(own.lengthControl.matched.value),
        NumberText.fixed(own.lengthControl.partialCorrelation, digits: 2),
        NumberText.fixed(own.temperature, digits: 2), NumberText.percent(own.calibrationError),
        NumberText.percent(own.calibrationErrorScaled), NumberText.fixed(own.brier, digits: 4),
        NumberText.fixed(own.brierScaled, digits: 4),
      ]
    }
    return ResultTable(
      title: "Length and calibration: \(set)",
      note: """
        Accuracy where the chosen response is the shorter one; Pearson's correlation of reward and length; accuracy once \
        length's share of the reward is taken out, and on pairs of nearly equal length; the correlation of preference and \
        reward with length held fixed (these three of the first seed); expected \
        calibration error and Brier score (a coin: 0.25) as rewards are, and after division by the temperature that \
        the validation set asks for.
        """,
      header: [
        "model", "shorter chosen", "length r", "without length", "equal length", "partial r", "temperature", "ECE",
        "ECE scaled", "Brier", "Brier scaled",
      ], rows: rows)
  }

  /// Gold of the best of n.
  var bestOfNTable: ResultTable {
    let most = result.rows.compactMap(\.bestOfN?.points.count).max() ?? 0
    let shown = [1, 2, 4, 8, most].filter { $0 <= most }.reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
    let rows = result.contendersFirst.compactMap { row -> [String]? in
      guard let best = row.bestOfN else { return nil }
      let values = shown.map { NumberText.fixed(best.points[$0 - 1].gold, digits: 3) }
      let difference = row.areaDifference.map { interval in
        func number(_ value: Double) -> String {
          (value < 0 ? "−" : "+") + NumberText.fixed(abs(value), digits: 4)
        }
        return "\(number(interval.value)) (\(number(interval.lower)) – \(number(interval.upper)))"
      }
      let area = NumberText.fixed(best.area, digits: 4)
      let interval =
        NumberText.fixed(best.areaInterval.lowerBound, digits: 4) + " – "
        + NumberText.fixed(best.areaInterval.upperBound, digits: 4)
      return [row.name] + values + [
        "\(area) (\(interval))", difference ?? (row.reading == result.reference ? "reference" : NumberText.missing),
      ]
    }
    let ceiling = result.rows.lazy.compactMap(\.bestOfN).first.map { best in
      ["the gold itself"] + shown.map { NumberText.fixed(best.points[$0 - 1].ceiling, digits: 3) } + ["", ""]
    }
    return ResultTable(
      title: "Best of n",
      note: """
        Mean gold of the response that the reward chooses among n, over all draws without replacement; the area is the \
        mean along log n − (n − 1)/n, with its 95 % interval over prompts, the difference is to "\(result.referenceName)".
        """,
      header: ["model"] + shown.map { "n = \($0)" } + ["area", "difference"],
      rows: rows + (rows.isEmpty ? [] : [ceiling].compactMap { $0 }))
  }

  private func slices(
    _ title: String, _ note: String, _ path: KeyPath<ExperimentResult.SetResult, [ExperimentResult.Slice]>
  ) -> ResultTable {
    let set = mainSet
    let names =
      result.rows.lazy.compactMap { $0.result(on: set) }.first?[keyPath: path].map { ($0.name, $0.pairs) } ?? []
    let rows = result.contendersFirst.compactMap { row -> [String]? in
      guard !names.isEmpty, let own = row.result(on: set) else { return nil }
      return [row.name]
        + names.map { name, _ in
          own[keyPath: path].first { $0.name == name }.map { Self.text($0.accuracy, digits: 0) } ?? NumberText.missing
        }
    }
    return ResultTable(
      title: "\(title): \(set)", note: note, header: ["model"] + names.map { "\($0) (\($1))" }, rows: rows)
  }

  var categoryTable: ResultTable {
    slices("By task", "Percent of pairs right; in brackets after a name, its pairs.", \.categories)
  }

  var sourceTable: ResultTable {
    slices("By source", "Percent of pairs right; in brackets after a name, its pairs.", \.sources)
  }

  var lengthTable: ResultTable {
    slices(
      "By length of text",
      "Percent of pairs right, by characters of the conversation with the longest response; in brackets, pairs.",
      \.lengths)
  }

  /// The router, and what its mistakes cost.
  var routingTable: ResultTable {
    let set = mainSet
    let rows = result.rows.compactMap { row -> [String]? in
      guard let router = result.routers[row.contender], row.reading.kind == .member, let own = row.result(on: set)
      else {
        return nil
      }
      return [
        row.name, "\(NumberText.percent(router.accuracy.value)) of \(router.accuracy.total)",
        NumberText.percent(router.mostCommon.value), "\(own.labeledPairs)",
        NumberText.percent(own.routedAccuracy), NumberText.percent(own.labeledAccuracy),
      ]
    }
    return ResultTable(
      title: "Router",
      note: """
        Accuracy on prompts with a known category; then ranking accuracy on the pairs that name one, by the router's \
        choice and by the named category's experts: the difference is the cost of routing errors.
        """,
      header: ["model", "router", "most common", "pairs", "routed", "named"], rows: rows)
  }

  /// Whether experts know their own points best.
  var expertTable: ResultTable {
    ResultTable(
      title: "Capability experts",
      note:
        "Each contender's first seed on the pairs of each capability point: its own expert, the mean of its category's others, the final reward. A point is missing where its category lacks an expert.",
      header: ["contender", "point", "pairs", "own expert", "others", "final reward"],
      rows: result.specializations.map {
        [
          $0.contender.name, "\($0.category)/\($0.point)", "\($0.pairs)", NumberText.percent($0.own),
          NumberText.percent($0.others),
          NumberText.percent($0.final),
        ]
      })
  }

  /// The tables as Markdown.
  public func markdown() -> String {
    "# \(title)\n\n" + facts.map { "* \($0.0): \($0.1)\n" }.joined() + "\n" + tables.map(\.markdown).joined()
  }
}
