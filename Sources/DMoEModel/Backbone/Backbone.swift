public import DMoECore

public import struct Foundation.URL

/// A decoder-only language model: token ids in, hidden states out. Its language-model head stays in its file.
///
/// ```swift
/// let backbone = try Backbone(contentsOf: URL(fileURLWithPath: "SmolLM2-135M-Instruct.gguf"))
/// let one = try RewardModel(contentsOf: URL(fileURLWithPath: "one.dmoerm"), backbone: backbone)
/// let other = try RewardModel(contentsOf: URL(fileURLWithPath: "other.dmoerm"), backbone: backbone)
/// ```
///
/// A value over shared, frozen weights: copies cost nothing and any number of threads may read one.
public struct Backbone: Sendable {
  /// The sizes and settings of the network.
  public let configuration: BackboneConfiguration
  /// Identifies the weights: a hash of the files they were read from.
  public let fingerprint: String
  /// The name of the file or folder they were read from.
  public let name: String
  /// The keys of its configuration that are not known here, so that they were not read: in the order of the file.
  public let unreadKeys: [String]
  /// The tokenizer that came with the weights; `nil` if its files had none.
  public let tokenizer: Tokenizer?

  /// The transformer blocks, from the embedding up.
  package var layers: [BackboneLayer]
  /// The weights of the norm after the last block. Shape: [1, hidden].
  package var finalNorm: Parameter
  let embedding: EmbeddingTable
  /// The file or folder that they were read from.
  public internal(set) var location: URL?
  /// What is known about its files from earlier starts; nil where finding out is cheap.
  var fileFacts: FileFacts?
  /// The tensors in its files that are a head's and no part of it.
  var heads = HeadTensors()
  /// The language-model head; the embedding where they are one.
  private let unembedding: Result<StoredTensor, CoreError>
  /// The angles of the first positions, for every way in which a layer turns them.
  private let rotary: [RotaryEmbedding: RotaryTable]

  /// Positions whose angles are kept; a longer text makes a table of its own.
  private static let keptPositions = 2048

  init(
    configuration: BackboneConfiguration, fingerprint: String, name: String, unreadKeys: [String],
    tokenizer: Tokenizer?, embedding: EmbeddingTable, unembedding: Result<StoredTensor, CoreError>,
    layers: [BackboneLayer], finalNorm: Parameter
  ) {
    self.configuration = configuration
    self.fingerprint = fingerprint
    self.name = name
    self.unreadKeys = unreadKeys
    self.tokenizer = tokenizer
    self.embedding = embedding
    self.unembedding = unembedding
    self.layers = layers
    self.finalNorm = finalNorm
    rotary = Self.tables(
      configuration, layers: 0..<layers.count, positions: min(Self.keptPositions, configuration.contextLength))
  }

  /// The tables of some layers.
  static func tables(
    _ configuration: BackboneConfiguration, layers: Range<Int>, positions: Int, isLong: Bool = false
  ) -> [RotaryEmbedding: RotaryTable] {
    var tables: [RotaryEmbedding: RotaryTable] = [:]
    for rotary in configuration.layers[layers].compactMap(\.rotary) where tables[rotary] == nil {
      tables[rotary] = rotary.table(headSize: configuration.headSize, positions: positions, isLong: isLong)
    }
    return tables
  }

  /// The angles that rows are turned by, and the place of each row in the tables.
  ///
  /// - Parameters:
  ///   - before: Rows of the layout that were computed before.
  ///   - textLength: The length of the text that the rows begin, if they are not all of it.
  private func turns(
    _ layout: RowLayout, after before: Int, layers: Range<Int>, textLength: Int?
  ) -> (tables: [RotaryEmbedding: RotaryTable], places: [Int32]) {
    let positions = Array(layout.positions[before...])
    let needed = Int(positions.max() ?? 0) + 1
    let isLong =
      configuration.originalContext == nil
      ? [] : layout.longestTexts[before...].map { configuration.isLong(max($0, textLength ?? 0)) }
    guard isLong.contains(true) else {
      let isKept = rotary.values.allSatisfy { needed <= $0.positions }
      return (isKept ? rotary : Self.tables(configuration, layers: layers, positions: needed), positions)
    }
    let long = Self.tables(configuration, layers: layers, positions: needed, isLong: true)
    guard isLong.contains(false) else { return (long, positions) }
    // The angles of long texts stand behind those of the others.
    let tables = Self.tables(configuration, layers: layers, positions: needed)
      .merging(long) { $0.appending($1) }
    return (tables, zip(positions, isLong).map { $1 ? $0 + Int32(needed) : $0 })
  }

  /// The embeddings of tokens. Shapes: ids [rows] -> [rows, hidden].
  ///
  /// - Throws: `ModelError.invalidToken`.
  package func embed(_ ids: [Int32]) throws -> Matrix {
    try check(ids)
    return embedding.rows(ids, scale: configuration.embeddingScale)
  }

  /// - Throws: `ModelError.invalidToken` for the first id that is not in the vocabulary.
  func check(_ ids: [Int32]) throws {
    let size = configuration.vocabularySize
    for id in ids where id < 0 || Int(id) >= size { throw ModelError.invalidToken(id: id, vocabularySize: size) }
  }

  /// Runs some of the layers over a batch of rows.
  ///
  /// Shapes: x [rows, hidden] -> [rows, hidden]; before the final norm.
  ///
  /// - Parameters:
  ///   - kept: The rows of x that the last layer goes on with after attention; `nil` means all.
  ///   - past: What earlier runs kept of these layers, layer by layer: keys and values of the layout's first rows, in their
  ///     order, which x then lacks.
  ///   - keep: Gets the keys and values of every layer, in order.
  ///   - textLength: The length of the text that the rows begin, if others will go on from what is kept of them; it decides
  ///     how they are turned where long texts are turned otherwise.
  package func run(
    _ graph: Graph, _ x: Variable, _ layout: RowLayout, layers range: Range<Int>, adapters: [AdapterSpan] = [],
    checkpointing: Bool = false, keepingLast kept: [Int]? = nil, past: [[KeysValues]]? = nil,
    keep: ((KeysValues) -> Void)? = nil, textLength: Int? = nil
  ) -> Variable {
    let before = past?.first?.reduce(0) { $0 + $1.keys.rows } ?? 0
    precondition(
      x.rows == layout.rowCount - before && range.upperBound <= layers.count
        && (past?.count ?? range.count) == range.count,
      "run: \(x.rows) rows, layers \(range)")
    let (tables, places) = turns(layout, after: before, layers: range, textLength: textLength)
    var x = x
    for index in range {
      let layer = layers[index]
      let setting = BackboneLayer.Setting(
        attention: configuration.attention(in: index), activation: configuration.activation,
        eps: configuration.normEpsilon, layout: layout,
        rotary: configuration.layers[index].rotary.flatMap { tables[$0] }, positions: places, adapters: adapters,
        index: index, past: past?[index - range.lowerBound] ?? [], keep: keep)
      let kept = index == range.upperBound - 1 ? kept : nil
      if checkpointing {
        x = graph.checkpoint(x) { graph, x in layer(graph, x, setting, keeping: kept) }
      } else {
        x = layer(graph, x, setting, keeping: kept)
      }
    }
    return x
  }

  /// The final norm. Shapes: [rows, hidden] -> the same.
  package func normalize(_ graph: Graph, _ x: Variable) -> Variable {
    graph.rmsNorm(x, finalNorm, eps: configuration.normEpsilon)
  }

  /// Reads the language-model head: normalized states [rows, hidden] -> logits [rows, vocabulary].
  ///
  /// - Throws: `CoreError` if the file has none that can be read.
  package func languageModelHead(_ compute: Compute) throws -> Linear {
    Linear(frozen: try unembedding.get().weightMatrix(compute))
  }

  /// Rows of the language-model head. Shapes: ids [rows], each in the vocabulary -> [rows, hidden].
  ///
  /// - Throws: `CoreError` if the file has none that can be read; `ModelError.invalidToken`.
  func unembeddingRows(_ ids: [Int32]) throws -> Matrix {
    try check(ids)
    return EmbeddingTable(try unembedding.get()).rows(ids, scale: 1)
  }

  /// The names of the tensors in its files that belong to a head over it, such as a reward model's `score.weight`: a
  /// backbone is read without them. `RewardModel.init(classifier:reading:options:)` reads them.
  public var headTensors: [String] { heads.names }

  /// The hidden state of the last token after the final norm, [hidden values].
  ///
  /// - Parameters:
  ///   - ids: Token ids, at least one.
  ///   - adapter: A LoRA adapter to apply.
  ///   - options: The backend, threads and precision to compute with.
  /// - Throws: `ModelError.invalidToken`, `.emptyInput`, `.overLength`; `CoreError.backendUnavailable`.
  public func hiddenState(
    ofLast ids: [Int32], adapter: LoRAAdapter? = nil, options: ComputeOptions = ComputeOptions()
  ) throws -> [Float] {
    guard !ids.isEmpty else { throw ModelError.emptyInput("the list of token ids") }
    guard ids.count <= configuration.contextLength else {
      throw ModelError.overLength(OverLength(text: .ids, tokens: ids.count, limit: configuration.contextLength))
    }
    let graph = Graph(try Compute(options))
    var layout = RowLayout()
    _ = layout.append(count: ids.count)
    let x = run(
      graph, Variable(constant: try embed(ids)), layout, layers: 0..<layers.count,
      adapters: adapter.map { [AdapterSpan(rows: 0..<ids.count, adapter: $0)] } ?? [],
      keepingLast: layout.lastRows)
    return normalize(graph, x).value.elements
  }
}

extension Backbone: ParameterTree {
  /// Visits the weights of every block and of the last norm; those that are frozen are passed over.
  package mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    for index in layers.indices {
      try layers[index].visitParameters(parameterPath(path, "layers.\(index)"), body)
    }
    try body(parameterPath(path, "norm.weight"), &finalNorm)
  }
}
