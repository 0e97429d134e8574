import Foundation

/// The score on the Ties subset of RewardBench 2, by the margins of right answers.
struct TiesScore {
  private struct Margins {
    /// Of the worst correct answer above the best wrong one.
    let correct: Double
    /// Of the best correct answer above the worst.
    let spread: Double

    init(_ item: ScoredItem) {
      correct = (item.correct.min() ?? 0) - (item.incorrect.max() ?? 0)
      spread = (item.correct.max() ?? 0) - (item.correct.min() ?? 0)
    }
  }

  /// A prompt, asked with one right answer ("ref:N") and with many ("tied:N").
  private struct Prompt {
    let reference: Margins
    let tied: Margins
  }

  private let prompts: [Prompt]

  /// - Throws: `EvaluationError.invalidRewards` for an identifier of another form, or no prompt that is asked both ways.
  init(_ items: [ScoredItem]) throws {
    var halves: [String: [TiesIdentifier.Asking: Margins]] = [:]
    for item in items {
      guard let id = TiesIdentifier(item.id) else {
        throw EvaluationError.invalidRewards(reason: "\(item.id) is no identifier of the Ties subset")
      }
      halves[id.prompt, default: [:]][id.asking] = Margins(item)
    }
    prompts = halves.sorted { $0.key < $1.key }.compactMap { _, halves -> Prompt? in
      guard let reference = halves[.reference], let tied = halves[.tied] else { return nil }
      return Prompt(reference: reference, tied: tied)
    }
    guard !prompts.isEmpty else {
      throw EvaluationError.invalidRewards(reason: "the Ties subset has no complete prompt")
    }
  }

  /// The score with its interval by resampling prompts.
  func score(_ name: String, items: Int) -> RewardBenchResult.Score {
    let value = Self.value(prompts)
    let range = Bootstrap.interval(clusters: prompts.count) { chosen in Self.value(chosen.map { prompts[$0] }) }
    return RewardBenchResult.Score(
      name: name, items: items, value: value, lower: range?.lowerBound ?? value, upper: range?.upperBound ?? value)
  }

  /// 0.3 tied right + 0.3 single right + 0.2 right beyond the spread among right answers + 0.2 the same by the stricter of
  /// both askings + 0.01 of how far beyond.
  private static func value(_ prompts: [Prompt]) -> Double {
    func share(_ condition: (Prompt) -> Bool) -> Double {
      Double(prompts.count(where: condition)) / Double(prompts.count)
    }
    let beyond = prompts.reduce(0.0) { sum, prompt in
      let ratio = min(prompt.reference.correct, prompt.tied.correct) / prompt.tied.spread
      return sum + (ratio.isFinite ? tanh(ratio - 1) : 0)
    }
    return 0.3 * share { $0.tied.correct > 0 } + 0.3 * share { $0.reference.correct > 0 }
      + 0.2 * share { $0.tied.correct > $0.tied.spread }
      + 0.2 * share { min($0.reference.correct, $0.tied.correct) > $0.tied.spread }
      + 0.01 * beyond / Double(prompts.count)
  }
}
