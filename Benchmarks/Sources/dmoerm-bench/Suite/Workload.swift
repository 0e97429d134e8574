import DMoERM

/// Texts with exactly so many tokens, the same in every run.
struct Workload {
  let tokenizer: Tokenizer
  let template: ConversationTemplate

  init(_ backbone: Backbone, _ template: ConversationTemplate = .chatML) throws {
    guard let tokenizer = backbone.tokenizer else { throw BenchmarkError("the backbone has no tokenizer") }
    self.tokenizer = tokenizer
    self.template = template
  }

  /// Common words, each one token in most vocabularies.
  private static let words = """
    the of and to in is that for it as was with be by on not he but at are this have from or had an they which one you \
    were all there would their we been has when who will more no if out so
    """.split(separator: " ")

  /// A prompt of so many tokens, the template's included up to where the response starts.
  func prompt(tokens: Int, seed: Int) throws -> String {
    try text(tokens, seed) { try template.promptIDs(turns: [("user", $0)], tokenizer: tokenizer).count }
  }

  /// A response of so many tokens, its end token included.
  func response(tokens: Int, seed: Int) throws -> String {
    try text(tokens, seed) { try template.responseIDs($0, tokenizer: tokenizer).count }
  }

  /// Some ids of the vocabulary.
  static func ids(_ count: Int, vocabularySize: Int) -> [Int32] {
    (0..<count).map { Int32(($0 * 7919 + 13) % vocabularySize) }
  }

  private func text(_ tokens: Int, _ seed: Int, _ count: (String) throws -> Int) throws -> String {
    var state = UInt64(seed + 1)
    var text = ""
    while true {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      text += (text.isEmpty ? "" : " ") + Self.words[Int(state >> 33) % Self.words.count]
      let now = try count(text)
      if now == tokens { return text }
      guard now < tokens else { throw BenchmarkError("no text of exactly \(tokens) tokens with this tokenizer") }
    }
  }
}
