import DMoECore

/// The settings of a text that is to be written: how tokens are chosen, and where it ends.
///
/// ```swift
/// let options = GenerationOptions(maximumTokens: 64, sampling: Sampling(temperature: 0.8), seed: 7)
/// ```
public struct GenerationOptions: Sendable, Equatable {
  /// The most tokens that are written, with the one that ends the text. At least 1.
  public var maximumTokens: Int
  /// How the next token is chosen.
  public var sampling: Sampling
  /// What the random choices depend on, besides the prompt, the sample and the place in it.
  public var seed: UInt64
  /// The number of the first sample: to draw more samples of a prompt later, without those that are there.
  public var firstSample: Int
  /// The tokens that end a text; `nil` is the template's end of a response and the tokenizer's end of a text.
  public var stopTokens: Set<Int32>?
  /// Strings that end a text, which is cut before them.
  public var stopStrings: [String]
  /// How many texts are written side by side at most; decides time and memory and, but for rounding, no
  /// result.
  public var concurrency: Int

  /// Settings with these values.
  public init(
    maximumTokens: Int = 256, sampling: Sampling = Sampling(), seed: UInt64 = 0, firstSample: Int = 0,
    stopTokens: Set<Int32>? = nil, stopStrings: [String] = [], concurrency: Int = 64
  ) {
    self.maximumTokens = maximumTokens
    self.sampling = sampling
    self.seed = seed
    self.firstSample = firstSample
    self.stopTokens = stopTokens
    self.stopStrings = stopStrings
    self.concurrency = concurrency
  }

  /// - Throws: `CoreError.outOfRange` for the first setting that makes no sense.
  func validate() throws(CoreError) {
    func require(_ isMet: Bool, _ name: String, _ value: Int, _ allowed: String) throws(CoreError) {
      guard isMet else { throw .outOfRange(name, value: "\(value)", allowed: allowed) }
    }
    try require((1...Self.most).contains(maximumTokens), "maximumTokens", maximumTokens, "from 1 to \(Self.most)")
    try require(firstSample >= 0, "firstSample", firstSample, "at least 0")
    try require((1...Self.mostAtOnce).contains(concurrency), "concurrency", concurrency, "from 1 to \(Self.mostAtOnce)")
    if stopStrings.contains("") {
      throw .outOfRange("stopStrings", value: "an empty string", allowed: "at least one character long")
    }
    try sampling.validate()
  }

  /// More than any context.
  private static let most = 1 << 24
  private static let mostAtOnce = 1 << 12
}
