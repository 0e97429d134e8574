import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Several models over the same states as one, and what experts share and say that no reward comes of.
@Suite struct AverageTests {
  private static let responses = ["word", "another word", "no"]

  /// Models of random heads, aggregators and routers, all with one adapter or none.
  private static func members(_ count: Int, adapter: UInt64? = nil, sameSlope: Bool = false) throws -> [RewardModel] {
    let numbers = try ModelFixture.backbone("llama").configuration
    let shared = adapter.map { TinyModel.adapter(numbers, topLayers: 1, seed: $0) }
    return try (1...count).map { member in
      var model = try TinyModel.untrained(seed: UInt64(member))
      var seed = UInt64(member * 1000)
      func expert(_ start: Expert) -> Expert {
        seed += 1
        return Expert(adapter: shared ?? start.adapter, head: ValueHead(randomMatrix(1, model.stateSize, seed: seed)))
      }
      func scale() -> RewardNormalization {
        seed += 1
        return RewardNormalization(mean: 0.01 * Float(seed % 7), deviation: 0.5 + Float(seed % 3))
      }
      for index in model.inner.indices {
        let base = model.inner[index].base
        model.install(base: expert(base), normalization: scale(), at: index)
        let points = model.inner[index].category.points.count
        guard points > 0 else { continue }
        for point in 0..<points {
          try model.install(expert: CapabilityExpert(expert(base), scale: scale()), at: index, point: point)
        }
        var aggregator = Aggregator(inputs: points * model.stateSize, width: 6, seed: seed)
        aggregator.shift = randomMatrix(1, aggregator.inputs, seed: seed + 1)
        aggregator.scale = Matrix(row: randomMatrix(1, aggregator.inputs, seed: seed + 2).elements.map { 1 + abs($0) })
        if !sameSlope { aggregator.slope.value[0, 0] = 0.1 * Float(member) }
        try model.install(aggregator: aggregator, normalization: scale(), at: index)
      }
      model.router.head = Linear(
        randomMatrix(model.inner.count, model.router.head.inputs, seed: seed + 3, scale: 0.5),
        bias: randomMatrix(1, model.inner.count, seed: seed + 4))
      model.router.shift = randomMatrix(1, model.router.head.inputs, seed: seed + 5)
      model.router.scale = Matrix(repeating: 0.5 * Float(member), 1, model.router.head.inputs)
      model.router.isTrained = true
      model.temperature = Float(member)
      return model
    }
  }

  private static func expectMean(_ model: RewardModel, of members: [RewardModel]) throws {
    for category in model.inner.map(\.category) {
      let each = try members.map { try $0.breakdowns(of: responses, to: "Say a word", category: category.id) }
      let own = try model.breakdowns(of: responses, to: "Say a word", category: category.id)
      func mean(_ value: (Int, RewardBreakdown) -> Float) -> [Float] {
        responses.indices.map { place in
          each.enumerated().reduce(0) { $0 + value($1.offset, $1.element[place]) } / Float(members.count)
        }
      }
      expectClose(own.map(\.reward), mean { $1.reward }, 1e-4)
      for (point, name) in category.points.map(\.id).enumerated() {
        #expect(own.allSatisfy { $0.capabilities[point].point == name })
        let scales = try members.map { try #require($0.inner.first { $0.category == category }?.expertScales)[point] }
        let scale = try #require(model.inner.first { $0.category == category }?.expertScales)[point]
        expectClose(
          own.map { scale($0.capabilities[point].reward) }, mean { scales[$0]($1.capabilities[point].reward) }, 1e-4)
      }
    }
  }

  @Test(arguments: [true, false], [nil, 7 as UInt64])
  func aMeanIsTheMeanOfItsMembers(sameSlope: Bool, adapter: UInt64?) throws {
    let members = try Self.members(3, adapter: adapter, sameSlope: sameSlope)
    let mean = try RewardModel(averaging: members)
    try Self.expectMean(mean, of: members)
    #expect(mean.temperature == 2 && mean.configuration == members[0].configuration)
    // The mean of logits is the geometric mean of probabilities.
    let each = try members.map { try $0.route("Say a word").probabilities }
    let products = each[0].indices.map { place in each.reduce(Float(1)) { $0 * $1[place] }.cubeRoot }
    let all = products.reduce(0, +)
    expectClose(try mean.route("Say a word").probabilities, products.map { $0 / all }, 1e-4)
  }

  /// One member's category keeps its base's rewards, as where its base was better.
  @Test func aBaseCountsBesideAggregators() throws {
    var members = try Self.members(2)
    let code = members[1].inner[1]
    members[1] = try members[1].replacingExperts(of: 1, by: code.experts)
    #expect(!members[1].isComplete(category: "code"))
    let mean = try RewardModel(averaging: members)
    #expect(mean.isComplete(category: "code"))
    try Self.expectMean(mean, of: members)
    // Where all keep it, so does the mean.
    members[0] = try members[0].replacingExperts(of: 1, by: members[0].inner[1].experts)
    let both = try RewardModel(averaging: members)
    #expect(!both.isComplete(category: "code"))
    try Self.expectMean(both, of: members)
  }

  @Test func aBundleOfAMeanIsReadAgain() throws {
    let members = try Self.members(2)
    let mean = try RewardModel(averaging: members)
    try withTemporaryFolder { folder in
      let bundle = folder.appendingPathComponent("mean.dmoerm")
      try mean.write(to: bundle)
      let read = try RewardModel(
        contentsOf: bundle, backbone: mean.backbone, options: ModelFixture.options(fastCompute), goldens: .all)
      for category in ["chat", "code", "other"] {
        #expect(
          try read.scores(Self.responses, to: "Say a word", category: category)
            == mean.scores(Self.responses, to: "Say a word", category: category))
      }
      #expect(try read.route("Say a word") == mean.route("Say a word"))
    }
  }

  @Test func whatReadsOtherStatesHasNoMean() throws {
    func reason(_ members: [RewardModel]) -> String {
      do { _ = try RewardModel(averaging: members) } catch ModelError.invalidModel(let reason) { return reason } catch {
      }
      return ""
    }
    let (bare, one, other) = (try Self.members(2), try Self.members(2, adapter: 7), try Self.members(2, adapter: 8))
    #expect(reason([bare[0]]) == "a mean is of two or more models, not 1")
    for pair in [[bare[0], one[1]], [one[0], other[1]]] {
      #expect(reason(pair).hasPrefix("member 2 has other adapters in chat than the first one"))
    }
    #expect(reason([bare[0], try bare[1].combiningExperts(by: .mean)]) == "member 2 is an ensemble")
    #expect(reason([bare[0], try TinyModel.untrained()]) == "member 2 is not trained")
    let base = try one[1].replacingExperts(of: 0, by: one[1].inner[0].experts)
    #expect(reason([one[0], base]).hasPrefix("chat has the rewards of its base in one member"))
    var less = try TinyModel.untrained { $0.taxonomy = .checked([TaskCategory(id: "chat"), TaskCategory(id: "code")]) }
    less.scoresUntrained = true
    #expect(!reason([bare[0], less]).isEmpty)
  }

  /// Where the base gives the reward, the experts say the same as where a rule combines them.
  @Test func expertsSayWhatTheyThinkBesideTheBase() throws {
    let model = try Self.members(1, adapter: 3)[0]
    let aside = try model.replacingExperts(of: 1, by: model.inner[1].experts)
    let own = try aside.breakdowns(of: Self.responses, to: "Say a word", category: "code")
    let mixed = try model.breakdowns(of: Self.responses, to: "Say a word", category: "code")
    #expect(own.map(\.capabilities) == mixed.map(\.capabilities))
    let bases = model.usingBasesOnly()
    let raw = try bases.scores(Self.responses, to: "Say a word", category: "code")
    expectClose(own.map(\.reward), raw.map { aside.inner[1].normalization($0) }, 1e-5)
    // They disagree by what is left when each is on its own scale.
    let scales = try #require(aside.inner[1].expertScales)
    let scaled = zip(own[0].capabilities, scales).map { $1($0.reward) }
    let mean = scaled.reduce(0, +) / 3
    let deviation = (scaled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3).squareRoot()
    expectClose([own[0].disagreement], [deviation], 1e-5)
    let prompt = try aside.prepare("Say a word", category: "code")
    let after = try aside.breakdowns(of: Self.responses, after: prompt)
    expectClose(after.map(\.reward), own.map(\.reward), 1e-4)
    for (one, other) in zip(after, own) {
      expectClose(one.capabilities.map(\.reward), other.capabilities.map(\.reward), 1e-4)
    }
    // One that lacks an expert has none to ask.
    var missing = model.inner[1].experts
    missing[2] = nil
    let breakdown = try model.replacingExperts(of: 1, by: missing).breakdown(
      of: "word", to: "Say a word", category: "code")
    #expect(breakdown.capabilities.isEmpty)
  }

  /// Adapters that change nothing are none, and what reads one state reads it once.
  @Test func adaptersThatChangeNothingShareAState() throws {
    let model = try Self.members(1)[0]
    let layers = model.backbone.configuration.layerCount
    #expect(model.inner.allSatisfy { $0.query.experts.map(\.firstLayer) == [layers] })
    let one = try Self.members(1, adapter: 3)[0]
    #expect(one.inner.map(\.query.experts.count) == [2, 3, 1])
    var mixed = try Self.members(1, adapter: 3)[0]
    let bare = try Self.members(1)[0].inner[1].experts
    mixed = try mixed.replacingExperts(of: 1, by: [bare[0], mixed.inner[1].experts[1], bare[2]])
    // The base's, that of two experts, and the other's.
    #expect(mixed.inner[1].query.experts.count == 3)
    let each = try mixed.breakdown(of: "word", to: "Say a word", category: "code").capabilities.map(\.reward)
    let alone = try [model, one].map { try $0.breakdown(of: "word", to: "Say a word", category: "code").capabilities }
    expectClose(each, [alone[0][0].reward, alone[1][1].reward, alone[0][2].reward], 1e-5)
  }
}

extension Float {
  fileprivate var cubeRoot: Float { Float(Foundation.cbrt(Double(self))) }
}
