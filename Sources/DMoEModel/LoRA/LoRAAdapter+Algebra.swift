public import DMoECore

extension LoRAAdapter {
  /// One adapter that does exactly what this and `other`, over the same backbone, do together; its ranks are the sums.
  public func concatenated(with other: LoRAAdapter) -> LoRAAdapter {
    combine(other) { first, second in
      // Both scalings go into B, so that the joined module has scaling 1.
      LoRAModule(
        a: first.a.value.stacked(over: second.a.value),
        b: first.scaledB.beside(second.scaledB), scaling: 1, dropout: max(first.dropout, second.dropout))
    }
  }

  /// One adapter of rank `rank` that is as near as possible to this and `other` together, and its largest relative
  /// error among the layers (Frobenius norm).
  ///
  /// - Throws: `CoreError.factorizationFailed`; `ModelError.invalidModel` for a rank that is not positive, or larger
  ///   than the layers of the two.
  public func joined(
    with other: LoRAAdapter, rank: Int
  ) throws -> (adapter: LoRAAdapter, error: Double) {
    guard rank > 0 else { throw ModelError.invalidModel(reason: "LoRA rank is \(rank)") }
    let widest = max(width, other.width)
    guard rank <= widest else {
      throw ModelError.invalidModel(
        reason: "LoRA rank is \(rank), more than the width \(widest) of the layers it adapts")
    }
    var worst = 0.0
    let adapter = try combine(other) { first, second in
      let low = try LowRankFactorization(
        joining: [
          .init(a: first.a.value, b: first.b.value, scaling: first.scaling),
          .init(a: second.a.value, b: second.b.value, scaling: second.scaling),
        ], rank: rank)
      worst = max(worst, low.relativeError)
      return LoRAModule(a: low.a, b: low.b, scaling: 1, dropout: max(first.dropout, second.dropout))
    }
    return (adapter, worst)
  }

  /// The most inputs or outputs that an adapted layer has.
  private var width: Int {
    var result = 0
    forEachModule { _, _, module in result = max(result, module.a.value.columns, module.b.value.rows) }
    return result
  }

  private func combine(
    _ other: LoRAAdapter, _ both: (LoRAModule, LoRAModule) throws -> LoRAModule
  ) rethrows -> LoRAAdapter {
    precondition(layerCount == other.layerCount, "LoRAAdapter: \(layerCount) and \(other.layerCount) layers")
    var result = LoRAAdapter(layerCount: layerCount, fusedOutputs: fusedOutputs)
    for layer in 0..<layerCount {
      for projection in Projection.allCases {
        switch (self[layer, projection], other[layer, projection]) {
        case (nil, nil): continue
        case (let one?, nil), (nil, let one?):
          // A parameter of its own, so that training the result is not training the part.
          result[layer, projection] = LoRAModule(
            a: one.a.value, b: one.b.value, scaling: one.scaling, dropout: one.dropout)
        case (let first?, let second?): result[layer, projection] = try both(first, second)
        }
      }
    }
    return result
  }

  /// The adapter nearest to the difference between a fully tuned backbone and the one it came from, by truncated singular
  /// value decompositions.
  ///
  /// - Parameters:
  ///   - tuned: The backbone after full fine-tuning.
  ///   - backbone: The backbone that it began from.
  ///   - configuration: Says the rank, and which projections of which layers may differ.
  ///   - options: The backend, threads and precision to compute with.
  /// - Returns: the adapter, and the relative error (Frobenius norm) of the worst layer.
  /// - Throws: `ModelError.invalidModel` for backbones of different shape; `CoreError.factorizationFailed`.
  public static func extracted(
    from tuned: Backbone, over backbone: Backbone, configuration: LoRAConfiguration,
    options: ComputeOptions = ComputeOptions()
  ) throws -> (adapter: LoRAAdapter, error: Double) {
    let (one, other) = (tuned.configuration, backbone.configuration)
    let fits =
      one.layerCount == other.layerCount
      && Projection.allCases.allSatisfy { one.shape(of: $0) == other.shape(of: $0) }
    guard fits else { throw ModelError.invalidModel(reason: "the two backbones have different shapes") }
    try configuration.validate(
      RewardModel.Configuration.require.within("adapter"), for: other, layerCount: other.layerCount)
    return try extracted(
      from: tuned, over: backbone, configuration: configuration, depth: other.layerCount, try Compute(options))
  }

  /// The adapter that stands for the difference between a tuned backbone and the one it began from, with its relative
  /// error.
  package static func extracted(
    from tuned: Backbone, over backbone: Backbone, configuration: LoRAConfiguration, depth: Int, _ compute: Compute
  ) throws -> (adapter: LoRAAdapter, error: Double) {
    var adapter = LoRAAdapter(
      layerCount: backbone.layers.count, fusedOutputs: backbone.configuration.fusedOutputs)
    var worst = 0.0
    for layer in configuration.layers(depth: depth) {
      for projection in configuration.targets {
        var difference = tuned.layers[layer][projection].dense()
        compute.add(backbone.layers[layer][projection].dense(), scale: -1, to: &difference)
        let low = try LowRankFactorization(approximating: difference, rank: configuration.rank, compute: compute)
        worst = max(worst, low.relativeError)
        adapter[layer, projection] = LoRAModule(a: low.a, b: low.b, scaling: 1, dropout: configuration.dropout)
      }
    }
    return (adapter, worst)
  }
}

extension Backbone {
  /// The backbone with the adapter's products added to its weights: one model, no low-rank terms at run time.
  public func merging(_ adapter: LoRAAdapter, options: ComputeOptions = ComputeOptions()) throws -> Backbone {
    merged(adapter, sign: 1, try Compute(options))
  }

  /// The backbone with a merged adapter's products taken off again.
  public func unmerging(_ adapter: LoRAAdapter, options: ComputeOptions = ComputeOptions()) throws -> Backbone {
    merged(adapter, sign: -1, try Compute(options))
  }

  /// The same, on a compute that is there already.
  package func merging(_ adapter: LoRAAdapter, _ compute: Compute) -> Backbone { merged(adapter, sign: 1, compute) }

  private func merged(_ adapter: LoRAAdapter, sign: Float, _ compute: Compute) -> Backbone {
    var result = self
    adapter.forEachModule { layer, projection, module in
      var linear = layers[layer][projection]
      var weight = linear.dense()
      compute.add(compute.product(module.b.value, module.a.value), scale: sign * module.scaling, to: &weight)
      linear.weight = .frozen(DenseWeight(weight))
      result.layers[layer][projection] = linear
    }
    return result
  }
}

extension LoRAModule {
  var scaledB: Matrix {
    var result = b.value
    result.withMutableElements { for i in $0.indices { $0[i] *= scaling } }
    return result
  }
}

extension Matrix {
  /// This matrix with the rows of `other` below.
  package func stacked(over other: Matrix) -> Matrix {
    precondition(columns == other.columns, "stacked: \(columns) and \(other.columns) columns")
    return Matrix(rows + other.rows, columns, elements + other.elements)
  }

  /// This matrix with the columns of `other` to the right.
  package func beside(_ other: Matrix) -> Matrix {
    precondition(rows == other.rows, "beside: \(rows) and \(other.rows) rows")
    return Matrix(rows, columns + other.columns, (0..<rows).flatMap { row($0) + other.row($0) })
  }
}
