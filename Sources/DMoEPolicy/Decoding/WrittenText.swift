import DMoEModel

/// One sample under way.
struct WrittenText {
  /// The place of its prompt among those that were given.
  let prompt: Int
  let sample: Int
  /// The first of its rows in the cache, and those of its prompt.
  let firstRow: Int
  let promptRows: Range<Int>
  let source: SampleSource
  private(set) var tokens: [Completion.Token] = []
  /// The distinct tokens of prompt and text, where a penalty asks for them.
  private(set) var seen: Set<Int32>
  private var assembler: TextAssembler

  init(
    prompt: Int, sample: Int, firstRow: Int, promptRows: Range<Int>, source: SampleSource, seen: Set<Int32>,
    assembler: TextAssembler
  ) {
    self.prompt = prompt
    self.sample = sample
    self.firstRow = firstRow
    self.promptRows = promptRows
    self.source = source
    self.seen = seen
    self.assembler = assembler
  }

  /// The rows of prompt and text in the cache, its newest token's the last.
  var rows: [Range<Int>] { [promptRows, firstRow..<firstRow + tokens.count] }

  /// The random number for the next token.
  var uniform: Double { source.uniform(at: tokens.count) }

  /// Takes in a token.
  ///
  /// - Parameters:
  ///   - room: The most tokens of a text after this prompt, and whether the context is what says so.
  mutating func append(
    _ token: Completion.Token, stops: Set<Int32>, room: (tokens: Int, isContext: Bool), keepsSeen: Bool
  ) -> GenerationEvent {
    tokens.append(token)
    if keepsSeen { seen.insert(token.id) }
    var reason: Completion.FinishReason?
    if stops.contains(token.id) {
      reason = .stopToken
    } else if assembler.append(token.id) {
      reason = .stopString
    } else if tokens.count >= room.tokens {
      reason = room.isContext ? .context : .length
    }
    if reason != nil, reason != .stopString, assembler.finish() { reason = .stopString }
    let piece = assembler.piece(isLast: reason != nil)
    let completion = reason.map {
      Completion(sample: sample, tokens: tokens, text: assembler.text, finishReason: $0)
    }
    return GenerationEvent(prompt: prompt, sample: sample, token: token, text: piece, completion: completion)
  }
}
