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

  private var references: [Margins] = []
  private var tied: [Margins] = []
  private let prompts: [Prompt]

  /// - Parameter items: Askings of prompts; one that is drawn several times counts as often.
  init(_ items: [ScoredItem]) {
    var halves: [String: [TiesIdentifier.Asking: [Margins]]] = [:]
    for item in items {
      guard let id = TiesIdentifier(item.item.id) else { continue }
      let margins = Margins(item)
      if id.asking == .reference { references.append(margins) } else { tied.append(margins) }
      halves[id.prompt, default: [:]][id.asking, default: []].append(margins)
    }
    prompts = halves.sorted { $0.key < $1.key }.flatMap { _, halves in
      zip(halves[.reference] ?? [], halves[.tied] ?? []).map { Prompt(reference: $0, tied: $1) }
    }
  }

  /// 0.3 tied right + 0.3 single right + 0.2 right beyond the spread among right answers + 0.2 the same by the stricter of
  /// both askings + 0.01 of how far beyond; nil without a prompt that is asked both ways.
  ///
  /// Source: `rewardbench/utils.py:process_single_model` of github.com/allenai/reward-bench, 0.1.4.
  var value: Double? {
    guard !prompts.isEmpty else { return nil }
    func share<Case>(of cases: [Case], _ condition: (Case) -> Bool) -> Double {
      Double(cases.count(where: condition)) / Double(cases.count)
    }
    let beyond = prompts.reduce(0.0) { sum, prompt in
      let ratio = min(prompt.reference.correct, prompt.tied.correct) / prompt.tied.spread
      // A spread of 0 makes it infinite, which tanh bounds, or no number, which counts nothing.
      return sum + (ratio.isNaN ? 0 : tanh(ratio - 1))
    }
    return 0.3 * share(of: tied) { $0.correct > 0 } + 0.3 * share(of: references) { $0.correct > 0 }
      + 0.2 * share(of: prompts) { $0.tied.correct > $0.tied.spread }
      + 0.2 * share(of: prompts) { min($0.reference.correct, $0.tied.correct) > $0.tied.spread }
      + 0.01 * beyond / Double(prompts.count)
  }
}
