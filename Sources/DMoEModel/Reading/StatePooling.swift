package import DMoECore

/// A rule that makes one hidden state of those of a text's tokens, each after the final norm, for a head to read.
public enum StatePooling: String, Sendable, Codable, CaseIterable {
  /// The last token's state: a reward model's usual way, and that of PEFT's sequence classification.
  case last
  /// The mean of the states of all its tokens.
  case mean
  /// Both, one beside the other: a head reads twice as many numbers.
  case lastAndMean

  /// The pooling in words, as bundles have it.
  package var words: String {
    switch self {
    case .last: "last token"
    case .mean: "mean of all tokens"
    case .lastAndMean: "last token and mean of all tokens"
    }
  }

  /// Whether more than the last token's state is needed.
  package var readsAllTokens: Bool { self != .last }

  /// The number of channels that a head reads.
  package func width(_ hiddenSize: Int) -> Int { self == .lastAndMean ? 2 * hiddenSize : hiddenSize }

  /// Shapes: states [rows, hidden] -> [texts, width].
  ///
  /// - Parameters:
  ///   - lastRows: The last row of every text.
  ///   - textRows: All rows of every text.
  ///   - past: More states of every text, computed before: their sum, [texts, hidden], and how many.
  package func pooled(
    _ graph: Graph, _ states: Variable, lastRows: [Int], textRows: [[Range<Int>]],
    after past: (sums: Matrix, counts: [Int])? = nil
  ) -> Variable {
    func last() -> Variable { graph.gather(states, rows: lastRows) }
    func mean() -> Variable { graph.meanOfRows(states, textRows, after: past) }
    switch self {
    case .last: return last()
    case .mean: return mean()
    case .lastAndMean: return graph.beside(last(), mean())
    }
  }
}
