public import DMoEData
import DMoEFoundation

extension PerturbationLabeler {
  /// Damages the best response of every sample that has one, and responses that stand alone.
  ///
  /// Overall preferences serve every rule, rankings at a capability point the rules for that point only.
  ///
  /// - Parameters:
  ///   - samples: preferences, whose best responses are damaged.
  ///   - rows: more good responses.
  /// - Throws: `CancellationError`; `DataError` for a weight that no sample can have.
  public func result(
    of samples: [RankedResponses], and rows: [PerturbationRow] = []
  ) async throws -> PerturbationResult {
    let best = samples.compactMap(PerturbationRow.init(bestOf:))
    return try await result(of: best + rows, undecided: samples.count - best.count, PointOpinions(samples))
  }

  private func result(
    of rows: [PerturbationRow], undecided: Int, _ opinions: PointOpinions
  ) async throws -> PerturbationResult {
    let groups = GoodResponse.grouped(rows, taxonomy)
    let pool = ResponsePool(groups.responses, seed: seed)
    let trials = try await trials(groups.responses, pool)
    var pairs: [PerturbedPair] = []
    var report = PerturbationReport(
      rules: rules.map { ($0.name, $0.summary) }, rows: rows.count + undecided, undecided: undecided,
      repeated: groups.repeated, uncategorized: groups.uncategorized)
    for (response, trials) in zip(groups.responses, trials) {
      report.add(trials, language: response.language)
      for case .applied(let pair) in trials {
        report.add(pair, agreement: opinions.agreement(with: pair))
        pairs.append(pair)
      }
    }
    return PerturbationResult(
      labels: try pairs.flatMap { try $0.labels(weight: weight) }, pairs: pairs, report: report)
  }

  /// What became of every rule on every response, in their order; responses are worked on side by side.
  private func trials(_ responses: [GoodResponse], _ pool: ResponsePool) async throws -> [[PerturbationTrial]] {
    let size = 64
    return try await withThrowingTaskGroup(of: (Int, [[PerturbationTrial]]).self) { group in
      for start in stride(from: 0, to: responses.count, by: size) {
        group.addTask {
          try Task.checkCancellation()
          return (start, responses[start..<min(start + size, responses.count)].map { trials($0, pool) })
        }
      }
      var parts: [Int: [[PerturbationTrial]]] = [:]
      for try await (start, part) in group { parts[start] = part }
      return parts.sorted { $0.key < $1.key }.flatMap(\.value)
    }
  }

  private func trials(_ good: GoodResponse, _ pool: ResponsePool) -> [PerturbationTrial] {
    let subject = good.language.map { language in
      PerturbationSubject(
        response: good.row.response, to: good.row.conversation, language: language, category: good.category.id,
        otherResponses: pool.others(than: good, language: language))
    }
    var trials = rules.map { PerturbationTrial.notTried(rule: $0.name) }
    var left = rulesPerRow ?? rules.count
    for index in order(of: good) where left > 0 {
      let rule = rules[index]
      let points = points(of: rule, in: good.category).map(\.id).filter(good.isGood)
      guard !points.isEmpty else {
        trials[index] = .noPoint(rule: rule.name)
        continue
      }
      switch outcome(rule, good, subject) {
      case .damaged(let text):
        left -= 1
        trials[index] = .applied(PerturbedPair(rule: rule.name, points: points, row: good.row, damaged: text))
      case .notApplicable(let obstacle): trials[index] = .notApplicable(rule: rule.name, obstacle)
      }
    }
    return trials
  }

  /// All rules, or, where only some are applied to a row, in an order of the row's own.
  private func order(of good: GoodResponse) -> [Int] {
    guard rulesPerRow != nil else { return Array(rules.indices) }
    return rules.indices.map { (place: $0, draw: key(good, rules[$0].name + "/order")) }
      .sorted { ($0.draw, $0.place) < ($1.draw, $1.place) }.map(\.place)
  }

  private func outcome(
    _ rule: any PerturbationRule, _ good: GoodResponse, _ subject: PerturbationSubject?
  ) -> PerturbationOutcome {
    guard let subject, rule.languages.contains(subject.language) else { return .notApplicable(.language) }
    var generator = RandomSource(seed: key(good, rule.name))
    let outcome = rule.perturb(subject, using: &generator)
    guard case .damaged(let text) = outcome else { return outcome }
    if text.isBlank { return .notApplicable(.nothingLeft) }
    return ExactText(text) == ExactText(subject.response) ? .notApplicable(.unchanged) : outcome
  }

  /// The number that belongs to the seed, the row's texts and a word.
  private func key(_ good: GoodResponse, _ word: String) -> UInt64 {
    var hash = good.hash(seed: seed)
    hash.combine(word)
    return hash.value
  }
}
