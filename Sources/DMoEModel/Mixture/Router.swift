package import DMoECore

/// The settings of the router, which assigns a conversation to a task category.
public struct RouterConfiguration: Sendable, Equatable, Codable {
  /// The way in which the states of the user turns' tokens become one.
  public var pooling: StatePooling
  /// The number of the backbone's layers that it reads through; `nil` means all that the model uses.
  public var depth: Int?
  /// An adapter of the router's own; `nil` reads the frozen backbone.
  public var adapter: LoRAConfiguration?
  /// The most tokens it reads, from the end.
  public var maximumTokens: Int

  /// The number of channels that it reads of a text.
  package func features(_ hiddenSize: Int) -> Int { pooling.width(hiddenSize) }

  /// A router with these settings; the defaults read the mean state of the whole backbone, without an adapter of its
  /// own.
  public init(
    pooling: StatePooling = .mean, depth: Int? = nil, adapter: LoRAConfiguration? = nil, maximumTokens: Int = 512
  ) {
    self.pooling = pooling
    self.depth = depth
    self.adapter = adapter
    self.maximumTokens = maximumTokens
  }
}

/// The outer mixture's gate: the user's turns -> a probability for every task category.
///
/// `p = softmax(W (h - shift) · scale + b)` (arXiv 2403.01197). Shapes: h [rows, features]; W [categories, features].
package struct Router: Sendable {
  /// The mean of every input channel over the training data. Shape: [1, features].
  package var shift: Matrix
  /// One over the deviation of every input channel. Shape: [1, features].
  package var scale: Matrix
  /// The layer that gives a logit for every category. Weights: [categories, features].
  package var head: Linear
  /// The adapter that only the router's pass has; `nil` reads the bare backbone.
  package var adapter: LoRAAdapter?

  /// A router of these weights.
  package init(shift: Matrix, scale: Matrix, head: Linear, adapter: LoRAAdapter?) {
    self.shift = shift
    self.scale = scale
    self.head = head
    self.adapter = adapter
  }

  /// Indifferent between all categories until it is trained.
  package init(categories: Int, features: Int, adapter: LoRAAdapter?) {
    self.init(
      shift: Matrix(zeros: 1, features), scale: Matrix(repeating: 1, 1, features),
      head: Linear(Matrix(zeros: categories, features), bias: Matrix(zeros: 1, categories)), adapter: adapter)
  }

  /// Shapes: features [rows, features] -> [rows, categories].
  package func logits(_ graph: Graph, _ features: Variable) -> Variable {
    graph.linear(graph.standardize(features, shift: shift, scale: scale), head)
  }
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
