import DMoECore
import DMoEData

extension RewardModel {
  /// One model whose reward is the mean of several models', at the cost of one: members read the same states, and differ in what
  /// they make of them.
  ///
  /// ```swift
  /// let one = try RewardModel(averaging: [first, second, third])
  /// try one.write(to: URL(fileURLWithPath: "one.dmoerm"))
  /// ```
  ///
  /// Such are models over a frozen backbone that training gave heads, aggregators and a router, but whose adapters it left alone
  /// (`maximumSteps` 0), mostly the same way with other seeds. Within a category the reward is the mean of the members' to
  /// rounding, and so is what each expert says; where the aggregator of one makes it and the base of another, too. The router's
  /// logits are the mean of theirs: where members would choose different categories, the model asks one for all. An ensemble
  /// (`init(ensemble:combination:)`) is for members without capability points whose adapters differ. Averaging what was trained
  /// from one start with other seeds is known from weight-averaged reward models (WARM, arXiv 2401.12187), whose adapters move,
  /// and whose mean of weights is only nearly a mean of rewards.
  ///
  /// - Parameter members: Two or more, over one backbone; of the same categories and points, template, depth, pooling and length
  ///   limits, with the same adapters.
  /// - Throws: `ModelError.invalidModel`.
  public init(averaging members: [RewardModel]) throws {
    guard members.count > 1, let first = members.first else {
      throw ModelError.invalidModel(reason: "a mean is of two or more models, not \(members.count)")
    }
    for (number, member) in zip(1..., members) {
      try member.checkAsPart(number)
      try member.checkAsMember(number, beside: first)
      try member.checkAsPart(number, beside: first)
    }
    let inner = try first.inner.indices.map { index in
      try InnerMoE(averaging: members.map { $0.inner[index] })
    }
    try self.init(
      configuration: first.configuration, reader: first.reader,
      router: first.isRouterTrained ? Router(averaging: members.map(\.router)) : first.router, inner: inner)
    (provenance, scoresUntrained) = (first.provenance, first.scoresUntrained)
    imported = first.imported
    temperature = members.mean { $0.temperature }
  }

  /// - Throws: `ModelError.invalidModel` for what has no mean with any model.
  private func checkAsPart(_ number: Int) throws {
    try Self.require(configuration.combination == nil && companions.isEmpty, number, "is an ensemble")
    try Self.require(inner.allSatisfy { $0.gate == nil }, number, "has objectives that a gate weighs for each prompt")
    try Self.require(hasTrainedCategories, number, "is not trained")
  }

  /// - Throws: `ModelError.invalidModel` for what reads other states than the first one.
  private func checkAsPart(_ number: Int, beside first: RewardModel) throws {
    func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
      try Self.require(condition, number, reason())
    }
    try require(backbone.fingerprint == first.backbone.fingerprint, "is over another backbone than the first one")
    try require(
      inner.map(\.category) == first.inner.map(\.category),
      "has other categories or points, or has them in another order")
    try require(
      isRouterTrained == first.isRouterTrained && router.configuration == first.router.configuration
        && (router.adapter ?? LoRAAdapter(layerCount: 0)).adds(as: first.router.adapter ?? LoRAAdapter(layerCount: 0)),
      "has a router that reads otherwise than the first one's")
    for (own, other) in zip(inner, first.inner) where own.isBaseTrained {
      try require(
        own.base.adapter.adds(as: other.base.adapter)
          && zip(own.experts, other.experts).allSatisfy { own, other in
            guard let own, let other else { return own == nil && other == nil }
            return own.expert.adapter.adds(as: other.expert.adapter)
          },
        "has other adapters in \(own.category.id) than the first one, or other experts; an ensemble needs no equal ones"
      )
    }
  }
}

extension InnerMoE {
  /// - Parameter members: Of one category, reading the same states.
  /// - Throws: `ModelError.invalidModel` where the aggregator makes the rewards of one and the base those of another, whose states
  ///   the aggregators do not read.
  fileprivate init(averaging members: [InnerMoE]) throws {
    guard let first = members.first, first.isBaseTrained else {
      self = members[0]
      return
    }
    let experts = first.experts.indices.map { point -> CapabilityExpert? in
      let own = members.compactMap { $0.experts[point] }
      guard let one = own.first else { return nil }
      let scales = own.compactMap(\.scale)
      guard scales.count == own.count else {
        return CapabilityExpert(
          Expert(adapter: one.expert.adapter, head: ValueHead(averaging: own.map { ($0.expert.head, 1) })), scale: nil)
      }
      return CapabilityExpert(
        Expert(
          adapter: one.expert.adapter,
          head: ValueHead(averaging: zip(own, scales).map { ($0.expert.head, $1.deviation) })),
        scale: RewardNormalization(averaging: scales))
    }
    let areMixing = members.map(\.isMixing)
    // The base of a mixture gives no reward; it stays what the experts were trained on top of.
    let weights = members.map { $0.isMixing ? 1 : $0.normalization.deviation }
    let base = Expert(
      adapter: first.base.adapter, head: ValueHead(averaging: zip(members, weights).map { ($0.base.head, $1) }))
    guard areMixing.contains(true) else {
      try self.init(
        category: first.category, base: base, experts: experts,
        normalization: RewardNormalization(averaging: members.map(\.normalization)))
      return
    }
    let all = [first.base.adapter] + experts.compactMap { $0?.expert.adapter }
    guard areMixing.allSatisfy({ $0 }) || all.allSatisfy(\.changesNothing) else {
      throw ModelError.invalidModel(
        reason: "\(first.category.id) has the rewards of its base in one member and of its aggregator in another")
    }
    try self.init(
      category: first.category, base: base, experts: experts, aggregator: Aggregator(averaging: members),
      normalization: RewardNormalization(averaging: members.map(\.normalization)))
  }
}

extension RewardNormalization {
  /// That of a mean of rewards, each in its deviations already.
  fileprivate init(averaging all: [RewardNormalization]) {
    self.init(mean: all.mean { $0.mean / $0.deviation }, deviation: 1)
  }
}

extension ValueHead {
  /// - Parameter all: Heads over one state, each with what its reward is divided by.
  fileprivate init(averaging all: [(head: ValueHead, deviation: Float)]) {
    var weight = Matrix(zeros: 1, all[0].head.weight.value.columns)
    for channel in 0..<weight.columns {
      weight[0, channel] = all.mean { $0.head.weight.value[0, channel] / $0.deviation }
    }
    self.init(weight)
  }
}

extension Router {
  /// The mean of the logits of routers that read the same.
  fileprivate init(averaging all: [Router]) {
    let (categories, features) = (all[0].head.outputs, all[0].head.inputs)
    let shift = Matrix(row: (0..<features).map { channel in all.mean { $0.shift[0, channel] } })
    let layers = all.map { Affine($0.head, shift: $0.shift, scale: $0.scale, about: shift) }
    var (weight, bias) = (Matrix(zeros: categories, features), Matrix(zeros: 1, categories))
    for category in 0..<categories {
      for channel in 0..<features { weight[category, channel] = layers.mean { $0.weights[category, channel] } }
      bias[0, category] = layers.mean { $0.bias[category] }
    }
    self.init(
      all[0].configuration, shift: shift, scale: Matrix(repeating: 1, 1, features), head: Linear(weight, bias: bias),
      adapter: all[0].adapter)
  }
}

extension Aggregator {
  /// The mean of what aggregators say, in deviations of each, as one whose units are all of theirs that say anything. A member whose
  /// base gives the reward counts as one of two units, which together are linear.
  ///
  /// A unit of one slope is two of another: with none at all, PReLU(z) is ReLU(z) less the slope times ReLU(-z).
  fileprivate init(averaging members: [InnerMoE]) {
    let own = members.compactMap(\.aggregator)
    let (inputs, count) = (own[0].inputs, Float(members.count))
    let slopes = own.map { $0.slope.value[0, 0] }
    // Two units of slope -1 would not be linear together.
    let slope = slopes.allSatisfy { $0 == slopes[0] } && slopes[0] != -1 ? slopes[0] : 0
    let shift = Matrix(row: (0..<inputs).map { channel in own.mean { $0.shift[0, channel] } })
    var units: [(weights: [Float], bias: Float, share: Float)] = []
    var bias: Float = 0
    for member in members {
      let share = 1 / (count * member.normalization.deviation)
      guard let aggregator = member.aggregator else {
        let head = member.base.head.weight.value.elements
        let weights = head + Array(repeating: 0, count: inputs - head.count)
        let center = zip(weights, shift.elements).reduce(0) { $0 + $1.0 * $1.1 }
        units.append((weights, center, share / (1 + slope)))
        units.append((weights.map { -$0 }, -center, -share / (1 + slope)))
        continue
      }
      let first = Affine(aggregator.first, shift: aggregator.shift, scale: aggregator.scale, about: shift)
      let second = aggregator.second.dense()
      for unit in 0..<aggregator.width where second[0, unit] != 0 {
        let (weights, start) = (first.weights.row(unit), first.bias[unit])
        units.append((weights, start, share * second[0, unit]))
        guard aggregator.slope.value[0, 0] != slope else { continue }
        units.append((weights.map { -$0 }, -start, -share * second[0, unit] * aggregator.slope.value[0, 0]))
      }
      bias += share * (aggregator.second.bias?.value[0, 0] ?? 0)
    }
    if units.isEmpty { units.append((Array(repeating: 0, count: inputs), 0, 0)) }
    self.init(
      shift: shift, scale: Matrix(repeating: 1, 1, inputs),
      first: Linear(Matrix(units.count, inputs, units.flatMap(\.weights)), bias: Matrix(row: units.map(\.bias))),
      slope: Matrix(row: [slope]),
      second: Linear(Matrix(row: units.map(\.share)), bias: Matrix(row: [bias])))
  }
}

/// A layer over standardized inputs, as one over inputs of which a center is taken: weights (x - center) + bias.
private struct Affine {
  /// Shape: [outputs, inputs].
  var weights: Matrix
  var bias: [Float]

  init(_ layer: Linear, shift: Matrix, scale: Matrix, about center: Matrix) {
    weights = layer.dense()
    bias = layer.bias?.value.elements ?? Array(repeating: 0, count: layer.outputs)
    for row in 0..<weights.rows {
      var moved = 0.0
      for channel in 0..<weights.columns {
        weights[row, channel] *= scale[0, channel]
        moved += Double(weights[row, channel]) * Double(center[0, channel] - shift[0, channel])
      }
      bias[row] += Float(moved)
    }
  }
}

extension Array {
  /// The mean of what each has.
  fileprivate func mean(_ value: (Element) -> Float) -> Float {
    Float(reduce(0.0) { $0 + Double(value($1)) } / Double(count))
  }
}
