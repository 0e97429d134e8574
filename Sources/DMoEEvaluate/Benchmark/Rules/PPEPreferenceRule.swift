import DMoECore
import DMoEData

/// The human preferences of PPE: how often rewards agree with votes, and whether they rank the models as votes do.
///
/// Accuracy is over votes that are no ties, equal rewards wrong. The Brier score is the mean of (σ(difference / temperature) −
/// vote)² over the same. Models are ranked by Bradley–Terry strengths, from votes and from what rewards prefer, ties half; the
/// two rankings are compared by Spearman's and Kendall's coefficients (τ-b), and the two matrices of win rates row by row by
/// Pearson's. Source: 2410.14872, section 4, by its words: the intervals and the fit are ours.
enum PPEPreferenceRule: BenchmarkRule {
  static let keyUses = KeyUse.table(
    read: [
      "question_id", "model_a", "model_b", "winner", "prompt", "response_1", "response_2", "language", "is_code",
      "hard_prompt", "easy_prompt", "if_prompt", "math_prompt",
    ],
    refused: KeyUse.contexts.merging(["system": KeyUse.systemTurn("prompt")]) { $1 },
    noEffect: [
      "conv_metadata", "is_refusal", "category_tag", "sim", "length_a", "length_b", "token_diff", "longer_won",
    ])
  /// Kinds of prompts by their keys.
  private static let kinds = [
    ("hard_prompt", "hard"), ("easy_prompt", "easy"), ("if_prompt", "instruction following"), ("math_prompt", "math"),
    ("is_code", "code"),
  ]

  static func item(
    _ row: RowObject, at place: BenchmarkPlace, _ notes: inout RowNotes
  ) throws(DataError) -> BenchmarkItem {
    let language = try row.text("language") ?? "unknown"
    var tags = [language == "English" ? "English" : "other languages"]
    for (key, kind) in kinds where try flag(row, key) { tags.append(kind) }
    return try BenchmarkItem(
      id: row.requiring(row.identifier("question_id"), "question_id"), category: language,
      conversation: Conversation(prompt: row.requiring(row.text("prompt"), "prompt")),
      responses: [
        row.requiring(row.text("response_1"), "response_1"), row.requiring(row.text("response_2"), "response_2"),
      ],
      isCorrect: preferred(row.requiring(row.text("winner"), "winner")), tags: tags,
      writers: [row.requiring(row.text("model_a"), "model_a"), row.requiring(row.text("model_b"), "model_b")])
  }

  private static func preferred(_ winner: String) throws(DataError) -> [Bool] {
    switch winner {
    case "model_a": [true, false]
    case "model_b": [false, true]
    case "tie": [true, true]
    case "tie (bothbad)": [false, false]
    default: throw .malformedRow(reason: "winner: not \"model_a\", \"model_b\", \"tie\" or \"tie (bothbad)\"")
    }
  }

  private static func flag(_ row: RowObject, _ key: String) throws(DataError) -> Bool {
    guard let value = row[key] else { return false }
    guard let flag = value.bool else { throw .malformedRow(reason: "\(key): not true or false") }
    return flag
  }

  static func credit(_ item: ScoredItem) -> Double? {
    item.item.isCorrect[0] == item.item.isCorrect[1] ? nil : item.strict
  }

  static func figures(_ items: [ScoredItem], _ setting: RuleSetting) -> RuleFigures {
    let tags = kinds.map(\.1) + ["English", "other languages"]
    let all = Figure.mean("all", items, credit)
    let parts = tags.compactMap { tag in Figure.mean(tag, items.filter { $0.item.tags.contains(tag) }, credit) }
    let brier = Figure.mean("Brier score", items) { item -> Double? in
      guard item.item.isCorrect[0] != item.item.isCorrect[1] else { return nil }
      let vote = item.item.isCorrect[0] ? 1.0 : 0
      let doubt = Logistic.sigmoid((item.rewards[0] - item.rewards[1]) / setting.temperature) - vote
      return doubt * doubt
    }
    let battles = ModelBattles(items)
    let rankings = ModelBattles.Measure.allCases.compactMap { measure in
      Figure.resampled(measure.rawValue, items, resamples: setting.resamples) { battles.value(of: measure, $0) }
    }
    return RuleFigures(
      tables: [
        .init(title: "prompts", figures: [all].compactMap { $0 } + parts),
        .init(title: "measure", unit: .number, figures: [brier].compactMap { $0 } + rankings),
      ], overall: all)
  }
}
