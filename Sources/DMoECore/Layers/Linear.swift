/// A linear layer: frozen weights of the backbone, or trainable ones. y = x Wᵀ + b.
package struct Linear: Sendable {
  /// The weights of a layer: frozen ones, in any precision, or a parameter that training changes. Shape: [outputs,
  /// inputs].
  package enum Weight: Sendable {
    /// Weights that stay as they were read.
    case frozen(any WeightMatrix)
    /// Weights that training changes.
    case trainable(Parameter)
  }

  /// The weights. Shape: [outputs, inputs].
  package var weight: Weight
  /// Shape: [1, outputs].
  package var bias: Parameter?

  /// A layer over frozen weights.
  package init(frozen weight: any WeightMatrix, bias: Matrix? = nil) {
    self.weight = .frozen(weight)
    self.bias = bias.map { Parameter($0) }
  }

  /// A layer whose weights may be trained.
  package init(_ weight: Matrix, bias: Matrix? = nil) {
    self.weight = .trainable(Parameter(weight))
    self.bias = bias.map { Parameter($0) }
  }

  /// The number of outputs.
  package var outputs: Int {
    switch weight {
    case .frozen(let w): w.outputs
    case .trainable(let p): p.value.rows
    }
  }

  /// The number of inputs.
  package var inputs: Int {
    switch weight {
    case .frozen(let w): w.inputs
    case .trainable(let p): p.value.columns
    }
  }

  /// Whether a row of the result depends on its row of the input alone.
  var keepsRowsApart: Bool {
    switch weight {
    case .frozen(let w): w.keepsRowsApart
    case .trainable: outputs <= Self.headOutputs
    }
  }

  /// Whether rows are rounded to fewer bits before they are multiplied.
  package var roundsRows: Bool { if case .frozen(let w) = weight { w.roundsRows } else { false } }

  /// The most outputs that heads, gates and aggregators have; projections of a backbone have more.
  private static let headOutputs = 256

  /// The weights as `Float`. Shape: [outputs, inputs].
  package func dense() -> Matrix {
    switch weight {
    case .frozen(let w): w.dense()
    case .trainable(let p): p.value
    }
  }

  /// A copy whose weights may be trained.
  package func unfrozen() -> Linear { Linear(dense(), bias: bias?.value) }
}

extension Linear: ParameterTree {
  /// Visits the weights, if they are trainable, and the bias.
  package mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    if case .trainable(var parameter) = weight {
      weight = .trainable(Parameter.empty)
      defer { weight = .trainable(parameter) }
      try body(parameterPath(path, "weight"), &parameter)
    }
    if var parameter = bias {
      bias = nil
      defer { bias = parameter }
      try body(parameterPath(path, "bias"), &parameter)
    }
  }
}

/// A low-rank addition to some rows of a linear layer: y[rows] += scaling · dropout(x[rows]) Aᵀ Bᵀ (LoRA, 2106.09685).
///
/// Shapes: a [rank, inputs], b [outputs, rank].
package struct LowRankTerm: Sendable {
  /// The rows of the input that the term is added for.
  package var rows: Range<Int>
  /// The first factor. Shape: [rank, inputs].
  package var a: Parameter
  /// The second factor. Shape: [outputs, rank].
  package var b: Parameter
  /// The factor that the product is multiplied by: alpha / rank in LoRA.
  package var scaling: Float
  /// The share of inputs set to 0 while training.
  package var dropout: Float
  /// Tells this term's dropout mask from those of other terms.
  package var key: UInt64

  /// A term of these factors.
  package init(rows: Range<Int>, a: Parameter, b: Parameter, scaling: Float, dropout: Float, key: UInt64) {
    self.rows = rows
    self.a = a
    self.b = b
    self.scaling = scaling
    self.dropout = dropout
    self.key = key
  }
}

extension Graph {
  /// y = x Wᵀ + b, plus the low-rank terms on their rows.
  ///
  /// Where the frozen weights keep rows apart (`WeightMatrix.keepsRowsApart`) the terms do, too; so do small trainable
  /// weights, which are those of heads.
  /// Shapes: x [rows, inputs] -> [rows, outputs].
  package func linear(_ x: Variable, _ layer: Linear, _ terms: [LowRankTerm] = []) -> Variable {
    linear(x, layer, terms, product: nil)
  }

  /// Several layers over the same rows, each with the low-rank terms that are its own.
  ///
  /// Shapes: x [rows, inputs] -> [rows, outputs] of each.
  package func linear(_ x: Variable, _ layers: [(layer: Linear, terms: [LowRankTerm])]) -> [Variable] {
    let frozen = layers.compactMap { if case .frozen(let weight) = $0.layer.weight { weight } else { nil } }
    // Taken out one by one, so that what is added to a product need not copy it first.
    var products = frozen.count == layers.count ? compute.products(x.value, by: frozen) : []
    return layers.map { linear(x, $0.layer, $0.terms, product: products.isEmpty ? nil : products.removeFirst()) }
  }

  /// A gated feed-forward layer in one go: down(activation(gate(x)) · up(x)), the same bits as step by step.
  ///
  /// Shapes: x [rows, inputs] -> [rows, outputs of `down`].
  ///
  /// - Returns: nil where it is to be done step by step: for a pass back, which needs what lies between; with biases; and by
  ///   weights that gain nothing by it.
  package func feedForward(
    _ x: Variable, gate: Linear, up: Linear, down: Linear, by activation: Activation
  ) -> Variable? {
    guard !x.isRecorded, gate.bias == nil, up.bias == nil, down.bias == nil, case .frozen(let gate) = gate.weight,
      case .frozen(let up) = up.weight, case .frozen(let down) = down.weight,
      let layer = StoredFeedForward(gate: gate, up: up, down: down, compute)
    else { return nil }
    return Variable(constant: layer(x.value, activation, compute))
  }

  /// - Parameter product: x Wᵀ, if it was computed with others'.
  private func linear(
    _ x: Variable, _ layer: Linear, _ terms: [LowRankTerm], product: consuming Matrix?
  ) -> Variable {
    precondition(
      x.columns == layer.inputs, "linear: x [\(x.rows), \(x.columns)], weight [\(layer.outputs), \(layer.inputs)]")
    let isComputed = product != nil
    var y = product ?? Matrix(uninitialized: x.rows, layer.outputs)
    var inputs = [x]
    var weight: Variable?
    switch layer.weight {
    case .frozen(let w): if !isComputed { w.multiply(x.value, into: &y, compute) }
    case .trainable(let parameter):
      let w = variable(parameter)
      weight = w
      inputs.append(w)
      if layer.keepsRowsApart {
        compute.multiplyByRow(
          x.rows, layer.outputs, layer.inputs, x.value.pointer, w.value.pointer, y.mutablePointer)
      } else {
        compute.multiply(
          x.rows, layer.outputs, layer.inputs, x.value.pointer, layer.inputs, transposeA: false, w.value.pointer,
          layer.inputs, transposeB: true, y.mutablePointer, layer.outputs)
      }
    }
    let bias = layer.bias.map(variable)
    if let bias {
      compute.addRow(bias.value, to: &y)
      inputs.append(bias)
    }
    let low = terms.map { LowRankPass($0, x, layer, self) }
    for pass in low {
      pass.add(to: &y, compute)
      inputs.append(pass.a)
      inputs.append(pass.b)
    }

    let compute = compute
    // Frozen weights need no value of x to take a gradient back.
    let place = x.place
    let trained = weight.map { (weight: $0, x: x.value) }
    let frozen: (any WeightMatrix)? = if case .frozen(let w) = layer.weight { w } else { nil }
    return record(y, from: inputs) { dy, tape in
      for pass in low { pass.back(dy, to: place, tape, compute) }
      if let frozen {
        tape.accumulate(into: place) { dx, beta in frozen.multiplyTransposed(dy, into: &dx, beta: beta, compute) }
      }
      if let (weight, x) = trained {
        let (n, k) = (weight.rows, weight.columns)
        tape.accumulate(into: place) { dx, beta in
          compute.multiply(
            dy.rows, k, n, dy.pointer, n, transposeA: false, weight.value.pointer, k, transposeB: false, beta: beta,
            dx.mutablePointer, k)
        }
        tape.accumulate(into: weight.place) { dw, beta in
          compute.multiply(
            n, k, dy.rows, dy.pointer, n, transposeA: true, x.pointer, k, transposeB: false, beta: beta,
            dw.mutablePointer, k)
        }
      }
      if let bias { tape.accumulate(compute.columnSums(dy), into: bias.place, compute) }
    }
  }
}

/// One low-rank term at work: what its forward pass leaves for its backward pass.
private struct LowRankPass {
  let term: LowRankTerm
  let a: Variable
  let b: Variable
  /// The inputs: those of the term's rows after dropout, or all of x.
  let source: Matrix
  /// dropout(x) Aᵀ, [rows, rank].
  let low: Matrix
  let mask: DropoutMask?
  /// Whether a row of the sum depends on its row of the input alone.
  let keepsRowsApart: Bool

  init(_ term: LowRankTerm, _ x: Variable, _ layer: Linear, _ graph: Graph) {
    let outputs = layer.outputs
    precondition(
      term.a.value.columns == x.columns && term.b.value.rows == outputs && term.a.value.rows == term.b.value.columns,
      "linear: low-rank term [\(term.b.value.rows), \(term.b.value.columns)] x [\(term.a.value.rows), \(term.a.value.columns)]"
        + " on [\(outputs), \(x.columns)]")
    precondition(
      term.rows.lowerBound >= 0 && term.rows.upperBound <= x.rows, "linear: term rows \(term.rows) of \(x.rows)")
    self.term = term
    keepsRowsApart = layer.keepsRowsApart
    a = graph.variable(term.a)
    b = graph.variable(term.b)
    // A frozen term (a finished base adapter under an expert in training) is part of the function, not regularized.
    let isTrained = graph.isTrained(term.a) || graph.isTrained(term.b)
    mask = isTrained ? graph.dropoutSeed.flatMap { DropoutMask(rate: term.dropout, seed: $0, key: term.key) } : nil
    if let mask {
      var rows = x.value.rows(term.rows)
      mask.apply(to: &rows, graph.compute)
      source = rows
    } else {
      source = x.value
    }
    var low = Matrix(uninitialized: term.rows.count, term.a.value.rows)
    let from = source.pointer + (mask == nil ? term.rows.lowerBound * x.columns : 0)
    if keepsRowsApart {
      graph.compute.multiplyByRow(
        low.rows, low.columns, x.columns, from, a.value.pointer, low.mutablePointer)
    } else {
      graph.compute.multiply(
        low.rows, low.columns, x.columns, from, x.columns, transposeA: false, a.value.pointer, x.columns,
        transposeB: true, low.mutablePointer, low.columns)
    }
    self.low = low
  }

  func add(to y: inout Matrix, _ compute: Compute) {
    let columns = y.columns
    guard !keepsRowsApart else { return addByRow(to: &y, compute) }
    compute.multiply(
      low.rows, columns, low.columns, alpha: term.scaling, low.pointer, low.columns, transposeA: false, b.value.pointer,
      low.columns, transposeB: true, beta: 1, y.mutablePointer + term.rows.lowerBound * columns, columns)
  }

  private func addByRow(to y: inout Matrix, _ compute: Compute) {
    var part = Matrix(uninitialized: low.rows, y.columns)
    compute.multiplyByRow(low.rows, y.columns, low.columns, low.pointer, b.value.pointer, part.mutablePointer)
    let (from, to) = (part.pointer, y.mutablePointer + term.rows.lowerBound * y.columns)
    compute.parallel(part.count, grain: 16_384) { range in
      compute.axpy(term.scaling, from + range.lowerBound, to + range.lowerBound, range.count)
    }
  }

  func back(_ dy: Matrix, to x: Variable.Place, _ tape: Tape, _ compute: Compute) {
    let (rows, rank, k, n) = (low.rows, low.columns, x.columns, dy.columns)
    let dyRows = dy.pointer + term.rows.lowerBound * n
    tape.accumulate(into: b.place) { db, beta in
      compute.multiply(
        n, rank, rows, alpha: term.scaling, dyRows, n, transposeA: true, low.pointer, rank, transposeB: false,
        beta: beta, db.mutablePointer, rank)
    }
    guard a.isRecorded || x.isRecorded else { return }
    var dlow = Matrix(uninitialized: rows, rank)
    defer { withExtendedLifetime(dlow) {} }
    compute.multiply(
      rows, rank, n, alpha: term.scaling, dyRows, n, transposeA: false, b.value.pointer, rank, transposeB: false,
      dlow.mutablePointer, rank)
    tape.accumulate(into: a.place) { da, beta in
      let from = source.pointer + (mask == nil ? term.rows.lowerBound * k : 0)
      compute.multiply(
        rank, k, rows, dlow.pointer, rank, transposeA: true, from, k, transposeB: false, beta: beta,
        da.mutablePointer, k)
    }
    guard x.isRecorded else { return }
    tape.accumulate(into: x) { dx, beta in
      if beta == 0 { dx = Matrix(zeros: dx.rows, dx.columns) }
      let into = dx.mutablePointer + term.rows.lowerBound * k
      if let mask {
        var part = Matrix(uninitialized: rows, k)
        compute.multiply(
          rows, k, rank, dlow.pointer, rank, transposeA: false, a.value.pointer, k, transposeB: false,
          part.mutablePointer, k)
        mask.apply(to: &part, compute)
        part.withElements { elements in
          guard let from = elements.baseAddress else { return }
          compute.axpy(1, from, into, elements.count)
        }
      } else {
        compute.multiply(
          rows, k, rank, dlow.pointer, rank, transposeA: false, a.value.pointer, k, transposeB: false, beta: 1,
          into, k)
      }
    }
  }
}
