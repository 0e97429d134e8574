import DMoEData

/// The responses of known correctness of PPE: pairs of a right and a wrong one, the area under the ROC curve, best of k.
///
/// Accuracy is over the pairs that the set has drawn (`sampled_conflict_pairs`), equal rewards wrong. The area under the ROC
/// curve is that within a prompt, equal rewards half, over prompts that have right and wrong responses. Best of k is how often
/// the response of the greatest reward among k is right, over all draws of k and all prompts: its greatest value, its value
/// with all responses, and what it loses on average over k to a choice that knows. Each file is a set, called by
/// its name; the overall score is the mean accuracy of the five. Source: 2410.14872, section 4, by its words; that draws are all
/// draws, and the intervals, are ours.
enum PPECorrectnessRule: BenchmarkRule {
  /// What the names of the sets have in them, in any case: MMLU-Pro, MATH, GPQA, IFEval and MBPP-Plus.
  private static let setWords = ["mmlu", "math", "gpqa", "ifeval", "mbpp"]
  private static let mostResponses = 256
  static let keyUses = KeyUse.table(
    read: ["question_id", "model_name", "prompt", "scores", "sampled_conflict_pairs"]
      + (1...mostResponses).map { "response_\($0)" },
    refused: KeyUse.contexts.merging(["system": KeyUse.systemTurn("prompt")]) { $1 },
    noEffect: [
      "question", "options", "answer", "answer_index", "category", "parsed_outputs", "mean_score", "conflict_pairs",
      "canary_string", "Question", "Subdomain", "Record ID", "High-level domain", "choices", "correct_choice_index",
      "correct_choice",
    ])

  static func item(
    _ row: RowObject, at place: BenchmarkPlace, _ notes: inout RowNotes
  ) throws(DataError) -> BenchmarkItem {
    let scores = try row.requiring(row.list("scores"), "scores")
    guard (2...mostResponses).contains(scores.count) else {
      throw .malformedRow(reason: "scores: \(scores.count), and 2 to \(mostResponses) are read")
    }
    var isCorrect: [Bool] = []
    var responses: [String] = []
    for (index, score) in scores.enumerated() {
      guard let flag = score.bool ?? score.int.flatMap({ [0: false, 1: true][$0] }) else {
        throw .malformedRow(reason: "scores[\(index)]: not true or false")
      }
      isCorrect.append(flag)
      responses.append(try row.requiring(row.text("response_\(index + 1)"), "response_\(index + 1)"))
    }
    let id = try row.requiring(row.identifier("question_id"), "question_id")
    let model = try row.text("model_name")
    return try BenchmarkItem(
      id: model.map { "\(id):\($0)" } ?? id, category: place.file,
      conversation: Conversation(prompt: row.requiring(row.text("prompt"), "prompt")), responses: responses,
      isCorrect: isCorrect, tags: [model].compactMap { $0 }, pairs: pairs(row, isCorrect))
  }

  private static func pairs(_ row: RowObject, _ isCorrect: [Bool]) throws(DataError) -> [[Int]] {
    let key = "sampled_conflict_pairs"
    var pairs: [[Int]] = []
    for (index, value) in try row.requiring(row.list(key), key).enumerated() {
      guard let pair = value.naturals, pair.count == 2, pair.allSatisfy(isCorrect.indices.contains),
        isCorrect[pair[0]] != isCorrect[pair[1]]
      else {
        throw .malformedRow(reason: "\(key)[\(index)]: not the places of a right and a wrong response, from 0")
      }
      pairs.append(pair)
    }
    return pairs
  }

  static func credit(_ item: ScoredItem) -> Double? {
    let pairs = results(item)
    return pairs.isEmpty ? nil : pairs.reduce(0, +) / Double(pairs.count)
  }

  /// What each pair is worth.
  private static func results(_ item: ScoredItem) -> [Double] {
    (item.item.pairs ?? []).map { pair in
      let (right, wrong) = item.item.isCorrect[pair[0]] ? (pair[0], pair[1]) : (pair[1], pair[0])
      return item.rewards[right] > item.rewards[wrong] ? 1 : 0
    }
  }

  static func figures(_ items: [ScoredItem], _ setting: RuleSetting) -> RuleFigures {
    let files = items.byCategory
    func each(_ figure: (String, [ScoredItem]) -> Figure?) -> [Figure] {
      files.compactMap { figure($0.category, $0.items) }
    }
    let models = Dictionary(grouping: items) { $0.item.tags.first ?? "" }.filter { !$0.key.isEmpty }
    let end = items.map(\.rewards.count).max() ?? 0
    return RuleFigures(
      tables: [
        .init(title: "file", figures: each { accuracy($0, [$1]) }),
        .init(
          title: "responses of",
          figures: models.sorted { $0.key < $1.key }.compactMap { accuracy($0.key, [$0.value]) }),
        .init(title: "area under the ROC curve", unit: .number, figures: each { Figure.mean($0, $1, area) }),
        .init(
          title: "best of k, greatest",
          figures: each { name, items in
            let curves = items.map(curve)
            return Figure.resampled(name, items, resamples: setting.resamples) { greatest(of: curves, $0) }
          }),
        .init(title: "best of k, k = \(end)", figures: each { Figure.mean($0, $1) { curve($0).last } }),
        .init(title: "best of k, lost on average", figures: each { Figure.mean($0, $1, loss) }),
      ].filter { !$0.figures.isEmpty },
      overall: areAllSets(files.map(\.category)) ? accuracy("PPE, correctness", files.map(\.items)) : nil)
  }

  /// Whether files are the five sets, by their names.
  private static func areAllSets(_ files: [String]) -> Bool {
    files.count == setWords.count
      && setWords.allSatisfy { word in files.contains { $0.lowercased().contains(word) } }
  }

  /// Over the pairs of all items of a set; the mean of several sets.
  private static func accuracy(_ name: String, _ sets: [[ScoredItem]]) -> Figure? {
    var share = GroupedShare(weights: sets.map { _ in 1 })
    for (stratum, items) in sets.enumerated() {
      for item in items {
        for result in results(item) { share.add(result, group: item.prompt, stratum: stratum) }
      }
    }
    return share.value.map {
      Figure(
        name: name, items: sets.reduce(0) { $0 + $1.count }, prompts: share.groupCount, value: $0,
        interval: share.interval)
    }
  }

  /// The share of pairs of a right and a wrong response whose right one has the greater reward; nil without such a pair.
  private static func area(_ item: ScoredItem) -> Double? {
    let (correct, incorrect) = (item.correct, item.incorrect)
    guard !correct.isEmpty, !incorrect.isEmpty else { return nil }
    let won = correct.reduce(0.0) { sum, right in
      sum + incorrect.reduce(0.0) { $0 + ScoredPair.credit(right - $1) }
    }
    return min(1, won / Double(correct.count * incorrect.count))
  }

  /// The chance that the best of k is right, for k = 1 ... the number of responses.
  private static func curve(_ item: ScoredItem) -> [Double] { curve(item, chosenBy: item.rewards) }

  private static func curve(_ item: ScoredItem, chosenBy rewards: [Double]) -> [Double] {
    BestOfNEstimator(rewards: rewards).curve(of: item.item.isCorrect.map { $0 ? 1 : 0 }, upTo: rewards.count)
      .map { min(1, max(0, $0)) }
  }

  private static func loss(_ item: ScoredItem) -> Double? {
    let best = curve(item, chosenBy: item.item.isCorrect.map { $0 ? 1 : 0 })
    let lost = zip(best, curve(item)).reduce(0) { $0 + $1.0 - $1.1 } / Double(best.count)
    return min(1, max(0, lost))
  }

  private static func greatest(of curves: [[Double]], _ places: [Int]) -> Double? {
    guard let most = places.map({ curves[$0].count }).min(), most > 0 else { return nil }
    return (0..<most).map { k in places.reduce(0) { $0 + curves[$1][k] } / Double(places.count) }.max()
  }
}
