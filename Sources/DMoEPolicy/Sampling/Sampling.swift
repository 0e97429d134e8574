import DMoECore

/// The rule by which the next token is chosen from a language model's probabilities.
///
/// ```swift
/// let careful = Sampling(temperature: 0.7, topP: 0.9)
/// let alwaysTheLikeliest = Sampling.greedy
/// ```
///
/// What is set is applied in the order of transformers' `generate`: repetition penalty, temperature, top-k, top-p, min-p;
/// what is cut off has probability 0, and the rest is scaled up to 1 (`generation/utils.py`, `_get_logits_processor`).
public struct Sampling: Sendable, Equatable, Codable {
  /// Whether the likeliest token is always taken, the first of equals; of the other settings only the repetition penalty
  /// then counts.
  public var isGreedy: Bool
  /// What logits are divided by: below 1 likely tokens become likelier, above 1 less so. Above 0.
  public var temperature: Float
  /// Only so many of the likeliest tokens remain, and those equal to the last of them (Fan et al., 1805.04833).
  public var topK: Int?
  /// Only the fewest tokens remain that together have this probability (Holtzman et al., 1904.09751). In 0 ... 1.
  public var topP: Float?
  /// Only tokens remain that are at least so probable as this share of the likeliest (Nguyen et al., 2407.01082). In
  /// 0 ... 1.
  public var minP: Float?
  /// What positive logits of tokens that the text already has are divided by, and negative ones multiplied with (Keskar et
  /// al., 1909.05858). Above 0; 1 changes nothing.
  public var repetitionPenalty: Float

  /// A rule with these settings; the defaults draw from the model's own probabilities.
  public init(
    isGreedy: Bool = false, temperature: Float = 1, topK: Int? = nil, topP: Float? = nil, minP: Float? = nil,
    repetitionPenalty: Float = 1
  ) {
    self.isGreedy = isGreedy
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
  }

  /// The likeliest token, always.
  public static let greedy = Sampling(isGreedy: true)

  /// Whether tokens are cut off.
  var cuts: Bool { topK != nil || topP != nil || minP != nil }

  /// - Throws: `CoreError.outOfRange` for the first setting that no rule can have.
  func validate() throws(CoreError) {
    func require(_ isMet: Bool, _ name: String, _ value: String, _ allowed: String) throws(CoreError) {
      guard isMet else { throw .outOfRange(name, value: value, allowed: allowed) }
    }
    // The reciprocal is what logits are multiplied with.
    try require(
      temperature > 0 && temperature.isFinite && (1 / temperature).isFinite, "temperature", "\(temperature)",
      "above 0 and finite; greedy sampling takes the likeliest token")
    if let topK { try require(topK >= 1, "topK", "\(topK)", "at least 1") }
    if let topP { try require((0...1).contains(topP), "topP", "\(topP)", "from 0 to 1") }
    if let minP { try require((0...1).contains(minP), "minP", "\(minP)", "from 0 to 1") }
    try require(
      repetitionPenalty > 0 && repetitionPenalty.isFinite, "repetitionPenalty", "\(repetitionPenalty)",
      "above 0 and finite")
  }
}
