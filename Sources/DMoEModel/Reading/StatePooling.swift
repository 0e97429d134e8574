import DMoECore

/// A rule that makes one hidden state of those of a text's tokens, each after the final norm, for a head to read.
public enum StatePooling: String, Sendable, Codable, CaseIterable {
  /// The last token's state: a reward model's usual way, and that of PEFT's sequence classification.
  case last
  /// The mean of the states of all its tokens.
  case mean
  /// Both, one beside the other: a head reads twice as many numbers.
  case lastAndMean
  /// The mean of the states of the response's tokens, which have read the conversation before them: a long conversation does
  /// not drown a short response.
  case response
  /// The last token's state beside the mean of the response's.
  case lastAndResponse

  /// The pooling in words, as bundles have it.
  package var words: String {
    switch self {
    case .last: "last token"
    case .mean: "mean of all tokens"
    case .lastAndMean: "last token and mean of all tokens"
    case .response: "mean of the response's tokens"
    case .lastAndResponse: "last token and mean of the response's tokens"
    }
  }

  /// The tokens of a text whose states are needed.
  enum Tokens: Sendable {
    case last, response, all
  }

  /// The tokens whose states it is made of.
  var tokens: Tokens {
    switch self {
    case .last: .last
    case .mean, .lastAndMean: .all
    case .response, .lastAndResponse: .response
    }
  }

  /// Whether a text is told apart from the conversation before it.
  package var readsResponses: Bool { tokens == .response }

  /// The number of channels that a head reads at one depth.
  package func width(_ hiddenSize: Int) -> Int {
    switch self {
    case .last, .mean, .response: hiddenSize
    case .lastAndMean, .lastAndResponse: 2 * hiddenSize
    }
  }

  /// Shapes: states [rows, hidden] -> [texts, width].
  ///
  /// - Parameters:
  ///   - rows: The rows of every text.
  ///   - past: More states of every text, computed before: their sum, [texts, hidden], and how many. Only means of all
  ///     tokens take them in.
  func pooled(
    _ graph: Graph, _ states: Variable, _ rows: TextRows, after past: (sums: Matrix, counts: [Int])? = nil
  ) -> Variable {
    func last() -> Variable { graph.gather(states, rows: rows.last) }
    func mean() -> Variable { graph.meanOfRows(states, rows.all, after: past) }
    func response() -> Variable { graph.meanOfRows(states, rows.responses.map { [$0] }) }
    switch self {
    case .last: return last()
    case .mean: return mean()
    case .lastAndMean: return graph.beside([last(), mean()])
    case .response: return response()
    case .lastAndResponse: return graph.beside([last(), response()])
    }
  }
}
