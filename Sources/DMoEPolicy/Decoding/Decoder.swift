import DMoECore
import DMoEModel

/// Texts that are written side by side, a token of each at a step. Belongs to one thread.
///
/// Prompts are taken in waves: as many as fit side by side are computed in one pass, each once, and then their samples go
/// on from its keys and values. A text that ends makes room for the next sample of its wave.
final class Decoder {
  private let model: LanguageModel
  private let prompts: [[Int32]]
  private let count: Int
  private let options: GenerationOptions
  private let stops: Set<Int32>
  private let draw: TokenDraw
  private let scratch: [TokenDraw.Scratch]
  private let rotary: RotaryTables
  /// The first prompt that no wave has taken.
  private var next = 0
  private var wave: DecodingWave?

  /// Rows of the prompts of one wave: enough for products to be fast, few enough for some hundred megabytes.
  private static let promptRows = 3072
  /// Rows whose logits are there at once.
  private static let logitRows = 64

  /// - Throws: As `LanguageModel.generate(ids:count:options:)`.
  init(_ model: LanguageModel, prompts: [[Int32]], count: Int, _ options: GenerationOptions) throws {
    try model.check(prompts, count: count, options)
    self.model = model
    self.prompts = prompts
    self.count = count
    self.options = options
    stops = options.stopTokens ?? model.stopTokens
    draw = TokenDraw(options.sampling, model.compute)
    let vocabulary = model.backbone.configuration.vocabularySize
    scratch = (0..<model.compute.threads).map { _ in TokenDraw.Scratch(vocabulary: vocabulary) }
    let longest = prompts.map(\.count).max() ?? 0
    rotary = model.backbone.rotaryTables(
      positions: min(longest + options.maximumTokens, model.backbone.configuration.contextLength))
  }

  /// Writes one more token of every text under way; `nil` when all are written.
  ///
  /// - Throws: `PolicyError.nonFiniteLogits`.
  func step() throws -> [GenerationEvent]? {
    while true {
      guard let wave = try wave ?? nextWave() else { return nil }
      self.wave = wave
      let events = try wave.canStart ? start(wave) : wave.texts.isEmpty ? [] : advance(wave)
      if wave.isDone { self.wave = nil }
      if !events.isEmpty { return events }
    }
  }

  /// Takes as many prompts as fit and computes them; `nil` if there are no more.
  private func nextWave() throws -> DecodingWave? {
    guard next < prompts.count else { return nil }
    let first = next
    var rows = 0
    while next < prompts.count {
      let isFirst = next == first
      guard isFirst || rows + prompts[next].count <= Self.promptRows,
        isFirst || (next - first + 1) * count <= options.concurrency
      else { break }
      rows += prompts[next].count
      next += 1
    }
    return try DecodingWave(model, prompts: prompts, in: first..<next, count: count, options)
  }

  /// Begins texts where there is room, with the first token of each.
  private func start(_ wave: DecodingWave) throws -> [GenerationEvent] {
    let first = wave.texts.count
    let started = wave.begin(model)
    let events = try append(to: wave, rows: started.map { (text: first + $0.offset, logits: $0.element) }, wave.logits)
    wave.removeFinished(events, from: first)
    return events
  }

  /// The next token of every text under way.
  private func advance(_ wave: DecodingWave) throws -> [GenerationEvent] {
    let texts = wave.texts
    let graph = Graph(model.compute)
    let x = Variable(constant: try model.backbone.embed(texts.map { $0.tokens[$0.tokens.count - 1].id }))
    let states = model.backbone.decode(
      graph, x, DecodingStep(wave.cache, texts: texts.map(\.rows)), rotary, adapters: model.spans(rows: texts.count))
    var events: [GenerationEvent] = []
    for start in stride(from: 0, to: texts.count, by: Self.logitRows) {
      let end = min(start + Self.logitRows, texts.count)
      let logits = model.logits(graph, Variable(constant: states.value.rows(start..<end)))
      events += try append(to: wave, rows: (start..<end).map { (text: $0, logits: $0 - start) }, logits)
    }
    wave.removeFinished(events, from: 0)
    return events
  }

  /// Chooses the next tokens of some texts, whose logits are rows of a matrix.
  private func append(
    to wave: DecodingWave, rows: [(text: Int, logits: Int)], _ logits: Matrix
  ) throws -> [GenerationEvent] {
    let texts = wave.texts
    let columns = logits.columns
    var chosen = [Completion.Token?](repeating: nil, count: rows.count)
    logits.withElements { logits in
      chosen.withUnsafeMutableBufferPointer { chosen in
        // Each row is written by the one that has it, and each part has a scratch of its own.
        nonisolated(unsafe) let (logits, chosen) = (logits, chosen)
        let parts = min(model.compute.threads, rows.count)
        model.compute.parallel(parts) { part in
          for part in part {
            for row in rows.count * part / parts..<rows.count * (part + 1) / parts {
              let text = texts[rows[row].text]
              let start = rows[row].logits * columns
              chosen[row] = draw(
                UnsafeBufferPointer(rebasing: logits[start..<start + columns]), seen: text.seen,
                uniform: text.uniform, scratch[part])
            }
          }
        }
      }
    }
    return try zip(rows, chosen).map { row, token in
      let text = texts[row.text]
      guard let token else {
        throw PolicyError.nonFiniteLogits(prompt: text.prompt, sample: text.sample, position: text.tokens.count)
      }
      return wave.append(token, to: row.text, stops: stops)
    }
  }
}
