import DMoEData

extension RewardModel {
  /// Several reward models over one backbone as one: each category has the members' bases as its experts, and a rule
  /// makes one reward of theirs.
  ///
  /// ```swift
  /// let ensemble = try RewardModel(ensemble: [first, second, third])
  /// try ensemble.write(to: URL(fileURLWithPath: "ensemble.dmoerm"))
  /// ```
  ///
  /// What the members have in common below their adapters is computed once, so that an ensemble of k costs less than k
  /// models. Members are ordinary reward models, or one a task category (no capability points); a router is the first
  /// member's. The temperature is the members' mean until it is found anew (`calibrate` of DMoETrain).
  ///
  /// - Parameters:
  ///   - members: Two or more, of the same backbone, categories, template, depth, pooling and length limits.
  ///   - combination: By default the least reward. Docs/Results.md has what each rule was worth; none was best throughout.
  /// - Throws: `ModelError.invalidModel`.
  public init(ensemble members: [RewardModel], combination: RewardCombination = .worstCase) throws {
    guard members.count > 1, let first = members.first else {
      throw ModelError.invalidModel(reason: "an ensemble has two or more members, not \(members.count)")
    }
    for (number, member) in zip(1..., members) { try member.checkAsMember(number, of: first) }
    let points = members.indices.map { CapabilityPoint(id: "member-\($0 + 1)") }
    var configuration = first.configuration
    configuration.combination = combination
    configuration.taxonomy = try Taxonomy(
      first.configuration.taxonomy.categories.map { category in
        TaskCategory(id: category.id, name: category.name, aliases: category.aliases, points: points)
      })
    let inner = try zip(configuration.taxonomy.categories, first.inner).map { category, origin in
      guard origin.isBaseTrained else { return InnerMoE(untrained: category, base: origin.base) }
      let all = try members.map { $0.inner[try $0.index(ofCategory: category.id)] }
      return try InnerMoE(
        category: category, base: origin.base,
        experts: all.map { CapabilityExpert($0.base, scale: $0.normalization) }, normalization: origin.normalization,
        combination: combination)
    }
    try self.init(configuration: configuration, reader: first.reader, router: first.router, inner: inner)
    (provenance, scoresUntrained) = (first.provenance, first.scoresUntrained)
    imported = first.imported
    temperature = Float(members.reduce(0.0) { $0 + Double($1.temperature) } / Double(members.count))
  }

  /// - Throws: `ModelError.invalidModel`.
  private func checkAsMember(_ number: Int, of first: RewardModel) throws {
    func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
      if !condition { throw ModelError.invalidModel(reason: "member \(number) \(reason())") }
    }
    func same<Value: Equatable>(_ name: String, _ value: (RewardModel) -> Value) throws {
      try require(value(self) == value(first), "has \(name) \(value(self)), the first one \(value(first))")
    }
    try require(configuration.combination == nil, "is an ensemble itself")
    try require(
      inner.allSatisfy { $0.category.points.isEmpty }, "has capability points; an ensemble is made of models without")
    try require(hasTrainedCategories, "is not trained")
    try require(backbone.fingerprint == first.backbone.fingerprint, "has another backbone than the first one")
    try same("precision") { $0.precision }
    try same("categories") { $0.inner.map(\.category.id).sorted().joined(separator: ", ") }
    try same("trained categories") { $0.trainedCategories.sorted().joined(separator: ", ") }
    try require(configuration.template == first.configuration.template, "has another template than the first one")
    try same("depth") { $0.depth }
    try same("pooling") { $0.configuration.pooling.rawValue }
    try same("padding token") { $0.configuration.paddingID.map { "\($0)" } ?? "none" }
    try same("maximumTokens") { $0.configuration.maximumTokens }
    try same("lengthPolicy") { $0.configuration.lengthPolicy.rawValue }
    try require(configuration.routing == first.configuration.routing, "routes otherwise than the first one")
  }

  /// The same model with its experts' rewards combined by a rule, or, given `nil`, with the aggregator's reward.
  ///
  /// - Throws: `ModelError.invalidSetting` for an impossible λ; `ModelError.invalidModel` for a bundle from before experts' scales
  ///   were recorded.
  public func combiningExperts(by combination: RewardCombination?) throws -> RewardModel {
    var result = self
    result.configuration.combination = combination
    try result.configuration.validate(for: backbone.configuration)
    for index in inner.indices { try result.inner[index].bringTogether(inner[index].aggregator, combination) }
    return result
  }
}
