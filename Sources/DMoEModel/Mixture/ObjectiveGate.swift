package import DMoECore

/// The gate of a published model of several objectives: it reads the prompt and says what each objective counts for.
///
/// `r = Σ_j g_j Σ_i o_i T_ij`, where o are the objectives' own rewards, T the transform and
/// `g = scale · softmax(MLP(h) / temperature)` over the state h of one token of the prompt, with ReLU between the layers.
/// Source: `modeling_custom.py` of RLHFlow/ArmoRM-Llama3-8B-v0.1 (Wang et al., 2406.12845).
package struct ObjectiveGate: Sendable {
  /// The layers of the MLP, from the state to one number an objective.
  package var layers: [Linear]
  /// Shape: [objectives, objectives].
  package var transform: Matrix
  /// What the numbers are divided by before the softmax.
  package var temperature: Float
  /// What the weights add up to.
  package var scale: Float
  /// The token of the prompt at whose last place the gate reads.
  package var token: Int32

  /// What every objective's own reward counts for.
  ///
  /// Shapes: prompts [texts, hidden] -> [texts, objectives].
  func weights(_ graph: Graph, prompts: Matrix) -> Matrix {
    let rectifier = Parameter(Matrix(row: [0]))
    var x = Variable(constant: prompts)
    for (place, layer) in layers.enumerated() {
      x = graph.linear(x, layer)
      if place < layers.count - 1 { x = graph.prelu(x, slope: rectifier) }
    }
    let rows = (0..<x.value.rows).map { row in
      let gate = x.value.row(row).map { $0 / temperature }.softmax
      return (0..<transform.rows).map { objective in
        scale * zip(transform.row(objective), gate).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      }
    }
    return Matrix(rows.count, transform.rows, Array(rows.joined()))
  }
}
