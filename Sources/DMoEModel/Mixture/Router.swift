package import DMoECore

/// How the router reads a conversation.
public struct RouterConfiguration: Sendable, Equatable, Codable {
  /// How the states of the user turns' tokens become one.
  public var pooling: StatePooling
  /// How many of the backbone's layers it reads through; `nil` means all that the model uses.
  public var depth: Int?
  /// An adapter of the router's own; `nil` reads the frozen backbone.
  public var adapter: LoRAConfiguration?
  /// The most tokens it reads, from the end.
  public var maximumTokens: Int

  /// How many numbers it reads of a text.
  package func features(_ hiddenSize: Int) -> Int { pooling.width(hiddenSize) }

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
/// `p = softmax(W (h - shift) · scale + b)` (PAPER section 1). Shapes: h [rows, features]; W [categories, features].
package struct Router: Sendable {
  package var shift: Matrix
  package var scale: Matrix
  package var head: Linear
  package var adapter: LoRAAdapter?

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
  package mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    if var own = adapter {
      adapter = nil
      defer { adapter = own }
      try own.visitParameters(path, body)
    }
    try head.visitParameters(parameterPath(path, "head"), body)
  }
}
