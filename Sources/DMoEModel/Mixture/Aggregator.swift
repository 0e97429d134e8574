package import DMoECore

/// The MLP that makes one reward of the states of all capability experts of a category.
///
/// `r = w2ᵀ PReLU(W1 v + b1) + b2` over the concatenated states v (phase 3 of arXiv 2403.01197). v is first brought to
/// mean 0 and deviation 1 by channel, with numbers taken from the training data (Docs/Fidelity.md, row 21).
/// Shapes: v [rows, experts · hidden]; W1 [width, experts · hidden]; w2 [1, width].
package struct Aggregator: Sendable {
  /// The mean of every input channel over the training data. Shape: [1, experts · hidden].
  package var shift: Matrix
  /// One over the deviation of every input channel. Shape: [1, experts · hidden].
  package var scale: Matrix
  /// The first layer. Weights: [width, experts · hidden].
  package var first: Linear
  /// The slope of PReLU below 0, one for all channels. Shape: [1, 1].
  package var slope: Parameter
  /// The second layer, which gives the reward. Weights: [1, width].
  package var second: Linear

  /// The number of input channels: states of all experts side by side.
  package var inputs: Int { first.inputs }
  /// The number of inner channels.
  package var width: Int { first.outputs }

  /// An aggregator of these weights.
  package init(shift: Matrix, scale: Matrix, first: Linear, slope: Matrix, second: Linear) {
    self.shift = shift
    self.scale = scale
    self.first = first
    self.slope = Parameter(slope)
    self.second = second
  }

  /// Random weights as torch draws them for `nn.Linear`, PReLU slope 0.25.
  package init(inputs: Int, width: Int, seed: UInt64) {
    var source = RandomSource(seed: seed, stream: 0xA66)
    let bound1 = 1 / Float(inputs).squareRoot()
    let bound2 = 1 / Float(width).squareRoot()
    self.init(
      shift: Matrix(zeros: 1, inputs), scale: Matrix(repeating: 1, 1, inputs),
      first: Linear(source.uniform(width, inputs, bound: bound1), bias: source.uniform(1, width, bound: bound1)),
      slope: Matrix(row: [0.25]),
      second: Linear(source.uniform(1, width, bound: bound2), bias: source.uniform(1, 1, bound: bound2)))
  }

  /// Makes the MLP compute `direction · v` (v after standardization) to begin with, plus what its random units say.
  ///
  /// Two units with opposite weights are linear together: PReLU(z) - PReLU(-z) = (1 + slope) z.
  package mutating func start(from direction: Matrix) {
    precondition(direction.count == inputs && width >= 2, "Aggregator.start: \(direction.count) for \(inputs) inputs")
    guard case .trainable(var w1) = first.weight, case .trainable(var w2) = second.weight else { return }
    let a = slope.value[0, 0]
    let norm = max(direction.elements.reduce(0) { $0 + $1 * $1 }.squareRoot(), .leastNormalMagnitude)
    for c in 0..<inputs {
      w1.value[0, c] = direction[0, c] / norm
      w1.value[1, c] = -direction[0, c] / norm
    }
    for unit in 0..<width { w2.value[0, unit] = 0 }
    w2.value[0, 0] = norm / (1 + a)
    w2.value[0, 1] = -norm / (1 + a)
    first.weight = .trainable(w1)
    second.weight = .trainable(w2)
    for unit in 0..<2 { first.bias?.value[0, unit] = 0 }
    second.bias?.value[0, 0] = 0
  }

  /// Shapes: v [rows, experts · hidden] -> [rows, 1].
  package func callAsFunction(_ graph: Graph, _ v: Variable) -> Variable {
    let x = graph.standardize(v, shift: shift, scale: scale)
    return graph.linear(graph.prelu(graph.linear(x, first), slope: slope), second)
  }
}

extension Aggregator: ParameterTree {
  /// Visits both layers and the slope.
  package mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try first.visitParameters(parameterPath(path, "first"), body)
    try body(parameterPath(path, "slope"), &slope)
    try second.visitParameters(parameterPath(path, "second"), body)
  }
}
