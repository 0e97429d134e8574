import DMoEData

extension RewardModel {
  /// Several reward models over one backbone as one: each category has the members' bases as its experts, and a rule
  /// makes one reward of theirs.
  ///
  /// What the members have in common below their adapters is computed once, so that an ensemble of k costs less than k
  /// models. Members are ordinary reward models, or one a task category (no capability points); a router is the first
  /// member's. The temperature is the members' mean until it is found anew (`calibrate` of DMoETrain).
  ///
  /// - Parameters:
  ///   - members: Two or more, of the same backbone, taxonomy, template, depth and length limits.
  ///   - combination: By default the least reward, the best of the rules on the test pairs of Docs/Results.md.
  /// - Throws: `ModelError.invalidModel`.
  public init(ensemble members: [RewardModel], combination: RewardCombination = .worstCase) throws {
    guard members.count > 1, let first = members.first else {
      throw ModelError.invalidModel(reason: "an ensemble has two or more members, not \(members.count)")
    }
    for (number, member) in zip(1..., members) { try member.checkAsMember(number, of: first) }
    let points = members.indices.map { CapabilityPoint(id: "member-\($0 + 1)") }
    var result = first
    result.configuration.combination = combination
    result.configuration.taxonomy = try Taxonomy(
      first.configuration.taxonomy.categories.map { category in
        TaskCategory(id: category.id, name: category.name, aliases: category.aliases, points: points)
      })
    try result.configuration.validate(for: first.backbone.configuration)
    result.inner = zip(result.configuration.taxonomy.categories, first.inner.indices).map { category, index in
      var own = InnerMoE(category: category, base: first.inner[index].base)
      own.isBaseTrained = first.inner[index].isBaseTrained
      own.normalization = first.inner[index].normalization
      own.combination = combination
      if own.isBaseTrained {
        own.experts = members.map { $0.inner[index].base }
        own.expertNormalizations = members.map { $0.inner[index].normalization }
      }
      return own
    }
    result.temperature = members.reduce(0) { $0 + $1.temperature } / Float(members.count)
    self = result
  }

  /// - Throws: `ModelError.invalidModel`.
  private func checkAsMember(_ number: Int, of first: RewardModel) throws {
    func require(_ condition: Bool, _ reason: String) throws {
      if !condition { throw ModelError.invalidModel(reason: "member \(number) \(reason)") }
    }
    let (own, common) = (configuration, first.configuration)
    try require(
      inner.allSatisfy { $0.category.points.isEmpty }, "has capability points; an ensemble is made of models without")
    try require(hasTrainedCategories, "is not trained")
    try require(
      backbone.fingerprint == first.backbone.fingerprint && compute.precision == first.compute.precision,
      "has another backbone than the first")
    try require(own.taxonomy == common.taxonomy, "has other categories than the first")
    try require(trainedCategories == first.trainedCategories, "is trained in other categories than the first")
    try require(
      own.template == common.template && own.maximumTokens == common.maximumTokens
        && own.lengthPolicy == common.lengthPolicy && own.routing == common.routing && depth == first.depth,
      "reads texts otherwise than the first")
  }

  /// The same model with its experts' rewards combined by a rule, or, given `nil`, with the aggregator's reward.
  ///
  /// - Throws: `ModelError.invalidModel` for an impossible λ.
  public func combiningExperts(by combination: RewardCombination?) throws -> RewardModel {
    var result = self
    result.configuration.combination = combination
    try result.configuration.validate(for: backbone.configuration)
    for index in result.inner.indices { result.inner[index].combination = combination }
    return result
  }
}
