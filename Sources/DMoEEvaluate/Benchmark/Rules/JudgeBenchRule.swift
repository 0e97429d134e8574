import DMoEData

/// JudgeBench: the right response must have strictly the greater reward; a pair is asked in both orders.
///
/// A reward does not know the order, so that both orders agree unless rewards are equal: then each order prefers another
/// response, which the reference counts as a tie, and a tie is not right. (Its `--single_game` calls every tie for B instead.)
/// Source: `utils/metrics.py:compute_final_metrics` and `run_judge.py` of github.com/ScalerLab/JudgeBench, commit e2c52c2.
enum JudgeBenchRule: BenchmarkRule {
  static let keyUses = KeyUse.table(
    read: ["pair_id", "source", "question", "response_A", "response_B", "label", "response_model"],
    refused: KeyUse.contexts.merging(["system": "is not read here: the questions of JudgeBench have no system turn"]) {
      $1
    }, noEffect: ["original_id", "judge_name", "judgments"])
  /// What sources begin with, in the reference's order.
  static let sources = ["mmlu-pro", "livebench-reasoning", "livebench-math", "livecodebench"]

  static func item(
    _ row: RowObject, at place: BenchmarkPlace, _ notes: inout RowNotes
  ) throws(DataError) -> BenchmarkItem {
    let label = try row.requiring(row.text("label"), "label")
    guard ["A>B", "B>A"].contains(label) else { throw .malformedRow(reason: "label: not \"A>B\" or \"B>A\"") }
    let source = try row.requiring(row.text("source"), "source")
    guard sources.contains(where: source.hasPrefix) else {
      throw .malformedRow(
        reason: "source: none of JudgeBench's, which begin with " + sources.joined(separator: ", "))
    }
    return try BenchmarkItem(
      id: row.requiring(row.identifier("pair_id"), "pair_id"), category: source,
      conversation: Conversation(prompt: row.requiring(row.text("question"), "question")),
      responses: [
        row.requiring(row.text("response_A"), "response_A"), row.requiring(row.text("response_B"), "response_B"),
      ],
      isCorrect: [label == "A>B", label == "B>A"], tags: [row.text("response_model")].compactMap { $0 })
  }

  static func credit(_ item: ScoredItem) -> Double? { item.strict }

  static func figures(_ items: [ScoredItem], _ setting: RuleSetting) -> RuleFigures {
    let models = Set(items.flatMap(\.item.tags)).sorted()
    return RuleFigures(
      tables: [
        .init(
          title: "source",
          figures: sources.compactMap { name in
            Figure.mean(name, items.filter { $0.category.hasPrefix(name) }, credit)
          }),
        .init(
          title: "responses of",
          figures: models.count < 2
            ? []
            : models.compactMap { model in
              Figure.mean(model, items.filter { $0.item.tags.contains(model) }, credit)
            }),
        .init(
          title: "subject",
          figures: items.byCategory.filter { !sources.contains($0.category) }.compactMap {
            Figure.mean($0.category, $0.items, credit)
          }),
      ].filter { !$0.figures.isEmpty },
      overall: Figure.mean("JudgeBench", items, credit))
  }
}
