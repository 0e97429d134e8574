/// The function of the gate in a gated feed-forward layer.
package enum Activation: String, Sendable, Equatable {
  /// x · sigmoid(x), also called swish.
  case silu
  /// x times the share of the normal distribution below x (Hendrycks and Gimpel, 1606.08415).
  case gelu
  /// The approximation of `gelu` by a tanh.
  case geluTanh
}

extension Graph {
  /// activation(gate) · up (Shazeer, 2002.05202).
  package func gated(gate: Variable, up: Variable, by activation: Activation) -> Variable {
    let compute = compute
    return record(compute.gated(gate.value, up.value, activation), from: [gate, up]) { dy, tape in
      let (dgate, dup) = compute.gatedBackward(gate.value, up.value, activation, gradient: dy)
      tape.accumulate(dgate, into: gate.place, compute)
      tape.accumulate(dup, into: up.place, compute)
    }
  }

  /// max(x, 0) + slope · min(x, 0) with one learnable slope [1, 1] (He et al., 1502.01852).
  package func prelu(_ x: Variable, slope: Parameter) -> Variable {
    let s = variable(slope)
    precondition(s.value.count == 1, "prelu: \(s.value.count) slopes")
    let a = s.value[0, 0]
    var y = x.value
    y.withMutableElements { y in for i in y.indices where y[i] < 0 { y[i] *= a } }
    let compute = compute
    return record(y, from: [x, s]) { dy, tape in
      var dx = dy
      var dslope: Float = 0
      dx.withMutableElements { dx in
        x.value.withElements { x in
          for i in dx.indices where x[i] < 0 {
            dslope += dx[i] * x[i]
            dx[i] *= a
          }
        }
      }
      tape.accumulate(dx, into: x.place, compute)
      tape.accumulate(Matrix(row: [dslope]), into: s.place, compute)
    }
  }

  /// The rotary position embedding, on the first and second half of what the table turns of every head.
  package func rotary(_ x: Variable, _ table: RotaryTable, positions: [Int32]) -> Variable {
    let compute = compute
    let place = x.place
    return record(compute.rotated(x.value, table: table, positions: positions, sign: 1), from: [x]) { dy, tape in
      tape.accumulate(compute.rotated(dy, table: table, positions: positions, sign: -1), into: place, compute)
    }
  }
}
