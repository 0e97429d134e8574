extension Graph {
  /// x / rms(x) · weight over groups of `weight.count` neighbors: whole rows, or every head of a row.
  ///
  /// Source: Zhang and Sennrich, 1910.07467.
  package func rmsNorm(_ x: Variable, _ weight: Parameter, eps: Float) -> Variable {
    let w = variable(weight)
    let (y, inverse) = compute.rmsNorm(x.value, weight: w.value, eps: eps)
    let compute = compute
    return record(y, from: [x, w]) { dy, tape in
      let (dx, dweight) = compute.rmsNormBackward(
        x.value, weight: w.value, inverseRMS: inverse, gradient: dy, wantsWeight: w.isRecorded)
      tape.accumulate(dx, into: x.place, compute)
      if let dweight { tape.accumulate(dweight, into: w.place, compute) }
    }
  }

  /// (x - shift) · scale by column, with constant shift and scale [1, columns].
  package func standardize(_ x: Variable, shift: Matrix, scale: Matrix) -> Variable {
    precondition(
      shift.count == x.columns && scale.count == x.columns,
      "standardize: \(shift.count) shifts and \(scale.count) scales for \(x.columns) columns")
    var y = x.value
    y.withMutableElements { y in
      shift.withElements { shift in
        scale.withElements { scale in
          for i in y.indices { y[i] = (y[i] - shift[i % x.columns]) * scale[i % x.columns] }
        }
      }
    }
    return apply(x, value: y) { dy in
      var dx = dy
      dx.withMutableElements { dx in
        scale.withElements { scale in for i in dx.indices { dx[i] *= scale[i % x.columns] } }
      }
      return dx
    }
  }
}
