import CDMoEKernels

/// Row-wise and pointwise work over matrices, on the chosen backend and threads.
extension Compute {
  /// Rows or elements below which a second thread costs more than it brings.
  private var rowGrain: Int { 16 }
  private var elementGrain: Int { 16_384 }

  /// `sum += scale * x`.
  package func add(_ x: Matrix, scale: Float, to sum: inout Matrix) {
    precondition(
      x.rows == sum.rows && x.columns == sum.columns,
      "add: [\(x.rows), \(x.columns)] to [\(sum.rows), \(sum.columns)]")
    let from = x.pointer
    let into = sum.mutablePointer
    parallel(x.count, grain: elementGrain) { part in
      axpy(scale, from + part.lowerBound, into + part.lowerBound, part.count)
    }
  }

  /// a + b.
  func sum(_ a: Matrix, _ b: Matrix) -> Matrix {
    precondition(
      a.rows == b.rows && a.columns == b.columns, "sum: [\(a.rows), \(a.columns)] and [\(b.rows), \(b.columns)]")
    var y = Matrix(uninitialized: a.rows, a.columns)
    let (p, q, to) = (a.pointer, b.pointer, y.mutablePointer)
    parallel(a.count, grain: elementGrain) { part in
      let i = part.lowerBound
      switch backend {
      case .openBLAS: dmoe_add(p + i, q + i, to + i, Int64(part.count))
      case .reference: for j in part { to[j] = p[j] + q[j] }
      }
    }
    return y
  }

  func axpy(_ scale: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
    switch backend {
    case .openBLAS: dmoe_axpy(scale, x, y, Int64(count))
    case .reference: ReferenceKernels.axpy(scale, x, y, count)
    }
  }

  /// Σ x², in double precision.
  package func sumOfSquares(_ x: Matrix) -> Double {
    switch backend {
    case .openBLAS: dmoe_sum_of_squares(x.pointer, Int64(x.count))
    case .reference: ReferenceKernels.sumOfSquares(x.pointer, x.count)
    }
  }

  /// One optimizer step in place; all four matrices have one shape.
  package func adam(
    _ parameter: inout Matrix, gradient: Matrix, first: inout Matrix, second: inout Matrix, _ step: AdamStep
  ) {
    precondition(
      parameter.count == gradient.count && first.count == gradient.count && second.count == gradient.count,
      "adam: \(gradient.count) gradients for \(parameter.count) parameters")
    let p = parameter.mutablePointer
    let g = gradient.pointer
    let m = first.mutablePointer
    let v = second.mutablePointer
    parallel(gradient.count, grain: elementGrain) { part in
      let i = part.lowerBound
      switch backend {
      case .openBLAS:
        dmoe_adam(
          p + i, g + i, m + i, v + i, step.rate, step.beta1, step.beta2, step.eps, step.weightDecay,
          step.firstCorrection, step.secondCorrection, step.gradientScale, Int64(part.count))
      case .reference: ReferenceKernels.adam(p + i, g + i, m + i, v + i, step, part.count)
      }
    }
  }

  /// Root-mean-square normalization of groups of `weight.count` neighbors; returns 1/rms by group too.
  func rmsNorm(_ x: Matrix, weight: Matrix, eps: Float) -> (y: Matrix, inverseRMS: Matrix) {
    let width = weight.count
    precondition(x.columns % width == 0, "rmsNorm: width \(width) of [\(x.rows), \(x.columns)]")
    let groups = x.count / width
    var y = Matrix(uninitialized: x.rows, x.columns)
    var inverse = Matrix(uninitialized: 1, groups)
    let (from, w, to, inv) = (x.pointer, weight.pointer, y.mutablePointer, inverse.mutablePointer)
    parallel(groups, grain: max(rowGrain, elementGrain / width)) { part in
      let i = part.lowerBound
      switch backend {
      case .openBLAS:
        dmoe_rms_norm(from + i * width, w, eps, to + i * width, inv + i, Int64(part.count), Int64(width))
      case .reference:
        ReferenceKernels.rmsNorm(from + i * width, w, eps, to + i * width, inv + i, part.count, width)
      }
    }
    return (y, inverse)
  }

  func rmsNormBackward(
    _ x: Matrix, weight: Matrix, inverseRMS: Matrix, gradient: Matrix, wantsWeight: Bool
  ) -> (dx: Matrix, dweight: Matrix?) {
    let width = weight.count
    let groups = x.count / width
    var dx = Matrix(uninitialized: x.rows, x.columns)
    var dweight = wantsWeight ? Matrix(zeros: 1, width) : nil
    let (from, w, inv, dy) = (x.pointer, weight.pointer, inverseRMS.pointer, gradient.pointer)
    let to = dx.mutablePointer
    let dw = dweight?.mutablePointer
    // The weight's gradient is one sum over all rows, so that one thread does them all.
    (wantsWeight ? serial : self).parallel(groups, grain: max(rowGrain, elementGrain / width)) { part in
      let i = part.lowerBound
      let o = i * width
      switch backend {
      case .openBLAS:
        dmoe_rms_norm_backward(from + o, w, inv + i, dy + o, to + o, dw, Int64(part.count), Int64(width))
      case .reference:
        ReferenceKernels.rmsNormBackward(from + o, w, inv + i, dy + o, to + o, dw, part.count, width)
      }
    }
    return (dx, dweight)
  }

  /// activation(gate) * up.
  func gated(_ gate: Matrix, _ up: Matrix, _ activation: Activation) -> Matrix {
    precondition(gate.count == up.count, "gated: \(gate.count) gates, \(up.count) ups")
    var y = Matrix(uninitialized: gate.rows, gate.columns)
    let (g, u, to) = (gate.pointer, up.pointer, y.mutablePointer)
    parallel(gate.count, grain: elementGrain) { part in
      let i = part.lowerBound
      switch (backend, activation) {
      case (.openBLAS, .silu): dmoe_swiglu(g + i, u + i, to + i, Int64(part.count))
      case (.openBLAS, .gelu): dmoe_geglu(g + i, u + i, to + i, Int64(part.count))
      case (.openBLAS, .geluTanh): dmoe_geglu_tanh(g + i, u + i, to + i, Int64(part.count))
      case (.reference, .silu): ReferenceKernels.swiGLU(g + i, u + i, to + i, part.count)
      case (.reference, .gelu):
        ReferenceKernels.geGLU(g + i, u + i, to + i, part.count, ReferenceKernels.normalShare)
      case (.reference, .geluTanh):
        ReferenceKernels.geGLU(g + i, u + i, to + i, part.count, ReferenceKernels.tanhShare)
      }
    }
    return y
  }

  func gatedBackward(
    _ gate: Matrix, _ up: Matrix, _ activation: Activation, gradient: Matrix
  ) -> (dgate: Matrix, dup: Matrix) {
    var dgate = Matrix(uninitialized: gate.rows, gate.columns)
    var dup = Matrix(uninitialized: gate.rows, gate.columns)
    let (g, u, dy) = (gate.pointer, up.pointer, gradient.pointer)
    let (dg, du) = (dgate.mutablePointer, dup.mutablePointer)
    parallel(gate.count, grain: elementGrain) { part in
      let i = part.lowerBound
      let count = Int64(part.count)
      switch (backend, activation) {
      case (.openBLAS, .silu): dmoe_swiglu_backward(g + i, u + i, dy + i, dg + i, du + i, count)
      case (.openBLAS, .gelu): dmoe_geglu_backward(g + i, u + i, dy + i, dg + i, du + i, count)
      case (.openBLAS, .geluTanh): dmoe_geglu_tanh_backward(g + i, u + i, dy + i, dg + i, du + i, count)
      case (.reference, .silu):
        ReferenceKernels.swiGLUBackward(g + i, u + i, dy + i, dg + i, du + i, part.count)
      case (.reference, .gelu):
        ReferenceKernels.geGLUBackward(
          g + i, u + i, dy + i, dg + i, du + i, part.count, ReferenceKernels.normalShare,
          slope: ReferenceKernels.normalSlope)
      case (.reference, .geluTanh):
        ReferenceKernels.geGLUBackward(
          g + i, u + i, dy + i, dg + i, du + i, part.count, ReferenceKernels.tanhShare,
          slope: ReferenceKernels.tanhSlope)
      }
    }
    return (dgate, dup)
  }

  /// Every head of every row rotated; `sign` -1 takes a gradient back.
  func rotated(_ x: Matrix, table: RotaryTable, positions: [Int32], sign: Float) -> Matrix {
    precondition(positions.count == x.rows, "rotated: \(positions.count) positions for \(x.rows) rows")
    let heads = x.columns / table.headSize
    let columns = x.columns
    var y = Matrix(uninitialized: x.rows, columns)
    let (from, to) = (x.pointer, y.mutablePointer)
    positions.withUnsafeBufferPointer { positions in
      guard let at = positions.baseAddress else { return }
      // Shared by threads: they only read, and are done before `table`, a parameter, can go.
      nonisolated(unsafe) let (cosines, sines) = (table.cosines.pointer, table.sines.pointer)
      parallel(x.rows, grain: rowGrain * 4) { part in
        let (i, o) = (part.lowerBound, part.lowerBound * columns)
        switch backend {
        case .openBLAS:
          dmoe_rotary(
            from + o, to + o, cosines, sines, at + i, sign, Int64(part.count), Int64(heads), Int64(table.headSize),
            Int64(table.rotarySize))
        case .reference:
          ReferenceKernels.rotary(
            from + o, to + o, cosines, sines, at + i, sign, part.count, heads, table.headSize, table.rotarySize)
        }
      }
    }
    return y
  }

  /// Exponentials of a row, normalized to a sum of 1, in its place.
  func softmax(_ row: UnsafeMutablePointer<Float>, _ count: Int) {
    switch backend {
    case .openBLAS: dmoe_softmax(row, Int64(count))
    case .reference: ReferenceKernels.softmax(row, count)
    }
  }
}
