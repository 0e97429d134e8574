package import DMoECore

/// Hidden state -> reward: one weight a hidden channel. Shape: [1, hidden].
package struct ValueHead: Sendable, ParameterTree {
  /// The weights. Shape: [1, state].
  package var weight: Parameter

  /// A head of these weights.
  package init(_ weight: Matrix) { self.weight = Parameter(weight) }

  /// Small random weights, so that an untrained reward is near 0 but no two responses tie.
  package init(stateSize: Int, seed: UInt64) {
    var source = RandomSource(seed: seed, stream: 0x4EAD)
    self.init(source.uniform(1, stateSize, bound: 0.1 / Float(stateSize).squareRoot()))
  }

  /// Shapes: states [rows, state size] -> [rows, 1].
  package func callAsFunction(_ graph: Graph, _ states: Variable) -> Variable {
    var linear = Linear(frozen: DenseWeight(Matrix(zeros: 1, states.columns)))
    linear.weight = .trainable(weight)
    return graph.linear(states, linear)
  }

  /// Visits the weights.
  package mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try body(parameterPath(path, "score.weight"), &weight)
  }
}

/// A LoRA adapter with its value head: the base of a category, or one of its capability experts.
package struct Expert: Sendable, ParameterTree {
  /// The adapter over the backbone.
  package var adapter: LoRAAdapter
  /// The head that reads the adapted states.
  package var head: ValueHead

  /// An expert of these parts.
  package init(adapter: LoRAAdapter, head: ValueHead) {
    self.adapter = adapter
    self.head = head
  }

  /// Whether its head reads the backbone as it is: the adapter changes no layer.
  package var isBare: Bool { adapter.firstLayer == adapter.layerCount }

  /// Visits the adapter's factors and the head's weights.
  package mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try adapter.visitParameters(path, body)
    try head.visitParameters(path, body)
  }
}
