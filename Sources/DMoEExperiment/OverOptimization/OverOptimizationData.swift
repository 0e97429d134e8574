import DMoEData
import DMoEEvaluate

/// What drawn texts become: pairs that nobody has ordered yet, and prompts with many texts that nobody has judged.
struct OverOptimizationData {
  /// For the experiment whose members are the proxies; a judge puts order and gold into it.
  let experiment: ExperimentData
  /// What became of the texts.
  let counts: OverOptimizationResult.Counts

  /// - Parameters:
  ///   - training: The texts to learn from.
  ///   - heldOut: The texts to choose among.
  /// - Throws: `ExperimentError.invalidPlan` if too few texts say anything.
  init(training: [DrawnRow], heldOut: [DrawnRow], _ settings: OverOptimizationSettings) throws {
    let pairs = try training.flatMap { try Self.pairs(of: $0) }
    let share = settings.pairs.validation
    let parts = try DatasetSplit(fractions: [1 - share, share], seed: settings.drawing.seed).parts(of: pairs)
    guard !parts[0].isEmpty, !parts[1].isEmpty else {
      throw ExperimentError.invalidPlan(
        reason: "\(pairs.count) pairs of \(training.count) prompts leave none for training or none for validation; "
          + "name more prompts, or another pairs.validation")
    }
    // A curve ends at the fewest texts that a prompt has.
    let enough = heldOut.filter { $0.responses.count >= 2 && 2 * $0.responses.count >= settings.bestOfN.samples }
    guard !enough.isEmpty else {
      throw ExperimentError.invalidPlan(
        reason: "less than half of the texts of every held-out prompt say anything; the policy mostly writes nothing")
    }
    experiment = ExperimentData(
      training: parts[0], validation: parts[1],
      bestOfN: try enough.map { row in
        try BestOfNPrompt(
          conversation: row.messages, responses: row.responses, gold: row.responses.map { _ in 0 })
      }, taxonomy: (try? Taxonomy.inferred(from: parts[0])) ?? .single)
    let drawn = training.reduce(0) { $0 + $1.responses.count }
    counts = OverOptimizationResult.Counts(
      trainingPrompts: training.count, trainingTexts: drawn, pairs: parts[0].count, validationPairs: parts[1].count,
      heldOutPrompts: enough.count, heldOutTexts: enough.reduce(0) { $0 + $1.responses.count },
      heldOutPromptsLeftOut: heldOut.count - enough.count,
      emptyTexts: training.count * 2 * settings.pairs.perPrompt + heldOut.count * settings.bestOfN.samples - drawn
        - heldOut.reduce(0) { $0 + $1.responses.count })
  }

  /// The texts two by two, each once and as ties; equal ones are no pair.
  private static func pairs(of row: DrawnRow) throws -> [RankedResponses] {
    try stride(from: 0, to: row.responses.count - 1, by: 2).compactMap { first in
      let texts = [row.responses[first], row.responses[first + 1]]
      guard texts[0] != texts[1] else { return nil }
      return try RankedResponses(
        id: "\(row.id)-\(first / 2 + 1)", conversation: row.messages, responses: texts, ranks: [1, 1],
        category: row.category)
    }
  }
}
