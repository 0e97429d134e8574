package import DMoECore

/// The outer mixture's gate: the user's turns -> a probability for every task category.
///
/// `p = softmax(W (h - shift) · scale + b)` (arXiv 2403.01197). Shapes: h [rows, features]; W [categories, features].
package struct Router: Sendable {
  /// Its settings.
  package let configuration: RouterConfiguration
  /// The mean of every input channel over the training data. Shape: [1, features].
  package var shift: Matrix
  /// One over the deviation of every input channel. Shape: [1, features].
  package var scale: Matrix
  /// The layer that gives a logit for every category. Weights: [categories, features].
  package var head: Linear
  /// The adapter that only the router's pass has; `nil` reads the bare backbone.
  package var adapter: LoRAAdapter?
  /// Whether it has been trained or read; indifferent between all categories until then.
  package var isTrained: Bool

  /// A router of these weights, which were trained.
  package init(
    _ configuration: RouterConfiguration, shift: Matrix, scale: Matrix, head: Linear, adapter: LoRAAdapter?
  ) {
    self.configuration = configuration
    self.shift = shift
    self.scale = scale
    self.head = head
    self.adapter = adapter
    isTrained = true
  }

  /// Indifferent between all categories until it is trained.
  package init(untrained configuration: RouterConfiguration, categories: Int, hiddenSize: Int, adapter: LoRAAdapter?) {
    let features = configuration.features(hiddenSize)
    self.init(
      configuration, shift: Matrix(zeros: 1, features), scale: Matrix(repeating: 1, 1, features),
      head: Linear(Matrix(zeros: categories, features), bias: Matrix(zeros: 1, categories)), adapter: adapter)
    isTrained = false
  }

  /// Shapes: features [rows, features] -> [rows, categories].
  package func logits(_ graph: Graph, _ features: Variable) -> Variable {
    graph.linear(graph.standardize(features, shift: shift, scale: scale), head)
  }
}

extension Router {
  /// What it reads of texts. Shapes: -> [texts, features].
  ///
  /// - Throws: `ModelError.invalidToken`.
  package func features(_ graph: Graph, of texts: [[Int32]], _ reader: StateReader) throws -> Variable {
    try reader.states(
      graph, of: texts, pooling: configuration.pooling, layers: depth(in: reader), adapter: adapter)
  }

  /// The logits of many texts, in their order, whose features may be kept for later. Shapes: -> [texts][categories].
  ///
  /// - Throws: `ModelError.invalidToken`.
  func logits(of texts: [[Int32]], _ reader: StateReader, cache: TrunkCache?) throws -> [[Float]] {
    try StateReader.chunks(texts.map(\.count)).flatMap { chunk in
      let graph = Graph(reader.compute)
      let features =
        if let cache {
          Variable(constant: Matrix(stacking: try texts[chunk].map { try cache.features($0, self, reader) }))
        } else {
          try features(graph, of: Array(texts[chunk]), reader)
        }
      let logits = logits(graph, features).value
      return (0..<logits.rows).map { logits.row($0) }
    }
  }

  /// The number of layers that it reads through.
  func depth(in reader: StateReader) -> Int { configuration.depth ?? reader.depth }
}

extension Router: ParameterTree {
  /// Visits the head and the adapter's factors; shift and scale are data and not trained.
  package mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    if var own = adapter {
      adapter = nil
      defer { adapter = own }
      try own.visitParameters(path, body)
    }
    try head.visitParameters(parameterPath(path, "head"), body)
  }
}
