import DMoECore
import DMoEModel

/// Neighboring prompts whose samples are written side by side: their keys and values, and the texts under way.
final class DecodingWave {
  let cache: DecodingCache
  /// The logits after every prompt. Shape: [prompts, vocabulary].
  let logits: Matrix
  /// The texts under way.
  private(set) var texts: [WrittenText] = []
  private let prompts: [[Int32]]
  private let range: Range<Int>
  private let count: Int
  private let options: GenerationOptions
  private let contextLength: Int
  /// The rows of every prompt in the cache.
  private let promptRows: [Range<Int>]
  /// The first rows of places where no text is written.
  private var free: [Int]
  /// How many samples have begun, prompt after prompt.
  private var begun = 0

  /// Computes the prompts.
  init(
    _ model: LanguageModel, prompts: [[Int32]], in range: Range<Int>, count: Int, _ options: GenerationOptions
  ) throws {
    self.prompts = prompts
    self.range = range
    self.count = count
    self.options = options
    let configuration = model.backbone.configuration
    contextLength = configuration.contextLength
    var batch = TokenBatch()
    for prompt in prompts[range] { batch.append(prompt) }
    promptRows = batch.layout.segments.map(\.rows)
    let shortest = prompts[range].map(\.count).min() ?? 0
    // The last token of a text is never attended to.
    let room = max(1, min(options.maximumTokens, configuration.contextLength - shortest) - 1)
    let first = batch.ids.count
    let width = 2 * configuration.keyValueHeads * configuration.headSize * configuration.layerCount
    try Memory.require(
      floats: (Double(first) + Double(room)) * Double(width), for: "the cache of a text of \(first + room) tokens")
    // Fewer side by side where their cache would take more than half of the memory.
    let affordable = Memory.installed / 8 / (Double(room) * Double(width))
    let places = max(1, min(options.concurrency, range.count * count, Int(affordable)))
    free = (0..<places).map { first + $0 * room }.reversed()
    let cache = DecodingCache(configuration, capacity: first + places * room)
    self.cache = cache
    let graph = Graph(model.compute)
    var layer = 0
    let states = model.backbone.run(
      graph, Variable(constant: try model.backbone.embed(batch.ids)), batch.layout,
      layers: 0..<configuration.layerCount, adapters: model.spans(rows: batch.ids.count),
      keepingLast: batch.layout.lastRows
    ) { rows in
      cache.write(rows, layer: layer, at: 0)
      layer += 1
    }
    logits = model.logits(graph, states)
  }

  /// Whether a text can begin now.
  var canStart: Bool { begun < range.count * count && !free.isEmpty }

  /// Whether all texts are written.
  var isDone: Bool { texts.isEmpty && begun == range.count * count }

  /// Begins as many texts as there is room for, in order.
  ///
  /// - Returns: The row of logits of each, by its place among them.
  func begin(_ model: LanguageModel) -> [(offset: Int, element: Int)] {
    var rows: [Int] = []
    while canStart, let firstRow = free.popLast() {
      let (place, sample) = begun.quotientAndRemainder(dividingBy: count)
      let ids = prompts[range.lowerBound + place]
      texts.append(
        WrittenText(
          prompt: range.lowerBound + place, sample: options.firstSample + sample, firstRow: firstRow,
          promptRows: promptRows[place],
          source: SampleSource(seed: options.seed, prompt: ids, sample: options.firstSample + sample),
          seen: keepsSeen ? Set(ids) : [],
          assembler: TextAssembler(model.backbone.tokenizer, stops: options.stopStrings)))
      rows.append(place)
      begun += 1
    }
    return Array(rows.enumerated())
  }

  private var keepsSeen: Bool { options.sampling.repetitionPenalty != 1 }

  /// Takes in the next token of a text.
  func append(_ token: Completion.Token, to text: Int, stops: Set<Int32>) -> GenerationEvent {
    let room = contextLength - prompts[texts[text].prompt].count
    let most = (tokens: min(options.maximumTokens, room), isContext: room < options.maximumTokens)
    return texts[text].append(token, stops: stops, room: most, keepsSeen: keepsSeen)
  }

  /// Gives the places of the texts that end with these events, one a text from `first` on, to others.
  func removeFinished(_ events: [GenerationEvent], from first: Int) {
    let ended = events.indices.filter { events[$0].completion != nil }
    for index in ended.reversed() { free.append(texts.remove(at: first + index).firstRow) }
  }
}
