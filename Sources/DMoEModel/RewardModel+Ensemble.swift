import DMoEData

extension RewardModel {
  /// Several reward models as one: each category has the members' bases as its experts, and a rule makes one reward of
  /// theirs.
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
  /// Members of one category each, such as imported models, may be over different backbones: each then reads by itself,
  /// through its own template, and costs what it costs alone; in memory are all their backbones, each once.
  ///
  /// - Parameters:
  ///   - members: Two or more; over one backbone, of the same categories, template, depth, pooling and length limits.
  ///   - combination: By default the least reward. Docs/Results.md has what each rule was worth; none was best throughout.
  /// - Throws: `ModelError.invalidModel`.
  public init(ensemble members: [RewardModel], combination: RewardCombination = .worstCase) throws {
    guard members.count > 1, let first = members.first else {
      throw ModelError.invalidModel(reason: "an ensemble has two or more members, not \(members.count)")
    }
    let isOverOneBackbone = members.allSatisfy { $0.backbone.fingerprint == first.backbone.fingerprint }
    for (number, member) in zip(1..., members) {
      try member.checkAsMember(number)
      try isOverOneBackbone ? member.checkAsMember(number, beside: first) : member.checkAsCompanion(number)
    }
    let points = members.indices.map { CapabilityPoint(id: "member-\($0 + 1)") }
    var configuration = first.configuration
    configuration.combination = combination
    configuration.taxonomy = try Taxonomy(
      first.configuration.taxonomy.categories.map { category in
        TaskCategory(id: category.id, name: category.name, aliases: category.aliases, points: points)
      })
    let inner = try zip(configuration.taxonomy.categories, first.inner).map { category, origin in
      guard origin.isBaseTrained else { return InnerMoE(untrained: category, base: origin.base) }
      guard isOverOneBackbone else {
        return try InnerMoE(category: category, base: origin.base, normalization: origin.normalization)
      }
      let all = try members.map { $0.inner[try $0.index(ofCategory: category.id)] }
      return try InnerMoE(
        category: category, base: origin.base,
        experts: all.map { CapabilityExpert($0.base, scale: $0.normalization) }, normalization: origin.normalization,
        combination: combination)
    }
    try self.init(configuration: configuration, reader: first.reader, router: first.router, inner: inner)
    if !isOverOneBackbone { companions = Array(members.dropFirst()) }
    (provenance, scoresUntrained) = (first.provenance, first.scoresUntrained)
    imported = first.imported
    temperature = Float(members.reduce(0.0) { $0 + Double($1.temperature) } / Double(members.count))
  }

  static func require(_ condition: Bool, _ number: Int, _ reason: @autoclosure () -> String) throws {
    if !condition { throw ModelError.invalidModel(reason: "member \(number) \(reason())") }
  }

  /// - Throws: `ModelError.invalidModel` for what is no member of any ensemble.
  private func checkAsMember(_ number: Int) throws {
    try Self.require(configuration.combination == nil, number, "is an ensemble itself")
    try Self.require(
      inner.allSatisfy { $0.category.points.isEmpty }, number,
      "has capability points; an ensemble is made of models without, and a mean of double mixtures over the same states"
    )
    try Self.require(hasTrainedCategories, number, "is not trained")
  }

  /// - Throws: `ModelError.invalidModel` for what is no member where backbones differ.
  private func checkAsCompanion(_ number: Int) throws {
    try Self.require(
      inner.count == 1, number,
      "has \(inner.count) categories; where the members' backbones differ, each has one")
  }

  /// - Throws: `ModelError.invalidModel` for what reads otherwise than the first one does over the same backbone.
  func checkAsMember(_ number: Int, beside first: RewardModel) throws {
    func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
      try Self.require(condition, number, reason())
    }
    func same<Value: Equatable>(_ name: String, _ value: (RewardModel) -> Value) throws {
      try require(value(self) == value(first), "has \(name) \(value(self)), the first one \(value(first))")
    }
    try same("precision") { $0.precision }
    try same("categories") { $0.inner.map(\.category.id).sorted().joined(separator: ", ") }
    try same("trained categories") { $0.trainedCategories.sorted().joined(separator: ", ") }
    try require(configuration.template == first.configuration.template, "has another template than the first one")
    try same("depth") { $0.depth }
    try same("pooling") { $0.configuration.pooling.rawValue }
    try same("lower depths") { ($0.configuration.lowerDepths ?? []).map(String.init).joined(separator: ", ") }
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
    guard companions.isEmpty || combination != nil else {
      throw ModelError.invalidModel(reason: "an ensemble over several backbones has no aggregator, and needs a rule")
    }
    for index in inner.indices { try result.inner[index].bringTogether(inner[index].aggregator, combination) }
    return result
  }
}
