import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Several models as one, and experts whose own rewards are combined.
@Suite struct EnsembleTests {
  private static let taxonomy = Taxonomy.checked([TaskCategory(id: "chat"), TaskCategory(id: "code")])
  private static let responses = ["word", "another word", "no"]

  /// Models of random numbers over one backbone, without points.
  private static func members(_ count: Int, _ taxonomy: Taxonomy = taxonomy) throws -> [RewardModel] {
    let backbone = try ModelFixture.backbone("llama")
    return try (1...count).map { seed in
      var model = try RewardModel.randomized(
        configuration: TinyModel.configuration { $0.taxonomy = taxonomy }, backbone: backbone, seed: UInt64(seed),
        options: ModelFixture.options(fastCompute))
      for index in model.inner.indices {
        model.inner[index].normalization = RewardNormalization(mean: 0.05 * Float(seed), deviation: 0.2 * Float(seed))
      }
      model.temperature = Float(seed)
      return model
    }
  }

  @Test(arguments: [
    RewardCombination.mean, .worstCase, .uncertaintyWeighted(lambda: 0.5), .meanLessDeviation(lambda: 0.75),
  ])
  func anEnsembleCombinesWhatItsMembersSay(rule: RewardCombination) throws {
    let members = try Self.members(3)
    let ensemble = try RewardModel(ensemble: members, combination: rule)
    for category in ["chat", "code"] {
      let each = try members.map { try $0.scores(Self.responses, to: "Say a word", category: category) }
      let expected = Self.responses.indices.map { index -> Float in
        let own = each.map { $0[index] }
        let mean = own.reduce(0, +) / 3
        switch rule {
        case .mean: return mean
        case .worstCase: return min(own[0], own[1], own[2])
        case .uncertaintyWeighted(let lambda):
          return mean - lambda * own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3
        case .meanLessDeviation(let lambda):
          return mean - lambda * (own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3).squareRoot()
        }
      }
      expectClose(try ensemble.scores(Self.responses, to: "Say a word", category: category), expected, 1e-5)
      let breakdown = try ensemble.breakdown(of: "word", to: "Say a word", category: category)
      #expect(breakdown.capabilities.map(\.point) == ["member-1", "member-2", "member-3"])
      expectClose(breakdown.capabilities.map(\.reward), each.map { $0[0] }, 1e-5)
      #expect(ensemble.isComplete(category: category))
    }
    #expect(ensemble.temperature == 2)
    #expect(try ensemble.route("Say a word").category == members[0].route("Say a word").category)
  }

  @Test func aBundleKeepsTheRule() throws {
    let members = try Self.members(2)
    let ensemble = try RewardModel(ensemble: members)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("e.dmoerm")
      try ensemble.write(to: url)
      let read = try RewardModel(
        contentsOf: url, backbone: members[0].backbone, options: ModelFixture.options(fastCompute), goldens: .all)
      #expect(read.configuration == ensemble.configuration && read.configuration.combination == .worstCase)
      #expect(read.inner.map(\.expertScales) == ensemble.inner.map(\.expertScales))
      #expect(
        try read.scores(Self.responses, to: "Say a word") == ensemble.scores(Self.responses, to: "Say a word"))
      // A prepared prompt goes the same way.
      let prepared = try read.prepare("Say a word")
      expectClose(
        try read.scores(Self.responses, after: prepared), try ensemble.scores(Self.responses, to: "Say a word"), 1e-5)
    }
  }

  @Test func categoriesMayStandInAnotherOrder() throws {
    let members =
      try Self.members(1) + [
        Self.members(2, Taxonomy.checked([TaskCategory(id: "code"), TaskCategory(id: "chat")]))[1]
      ]
    let ensemble = try RewardModel(ensemble: members, combination: .mean)
    let each = try members.map { try $0.score("word", to: "Say a word", category: "code") }
    expectClose([try ensemble.score("word", to: "Say a word", category: "code")], [(each[0] + each[1]) / 2], 1e-5)
  }

  @Test func membersThatDoNotBelongTogetherAreRefused() throws {
    let members = try Self.members(2)
    func reason(_ members: [RewardModel]) -> String? {
      do {
        _ = try RewardModel(ensemble: members)
        return nil
      } catch ModelError.invalidModel(let reason) { return reason } catch { return "\(error)" }
    }
    #expect(reason(members) == nil)
    #expect(reason([members[0], try RewardModel(ensemble: members)])?.contains("is an ensemble itself") == true)
    #expect(reason([members[0]])?.contains("two or more") == true)
    #expect(reason([members[0], try TinyModel.model()])?.contains("member 2 has capability points") == true)
    #expect(
      reason([members[0], try Self.members(1, .single)[0]])?.contains(
        "member 2 has categories general, the first one chat, code") == true)
    let short = try RewardModel.randomized(
      configuration: TinyModel.configuration {
        $0.taxonomy = Self.taxonomy
        $0.maximumTokens = 7
      }, backbone: members[0].backbone, seed: 1, options: ModelFixture.options(fastCompute))
    #expect(reason([members[0], short])?.contains("member 2 has maximumTokens 7, the first one 128") == true)
    let partly = members[1].untraining(0)
    #expect(
      reason([members[0], partly])?.contains("member 2 has trained categories code, the first one chat, code") == true)
    let other = try RewardModel.randomized(
      configuration: TinyModel.configuration { $0.taxonomy = Self.taxonomy }, backbone: ModelFixture.backbone("qwen2"),
      seed: 1, options: ModelFixture.options(fastCompute))
    #expect(
      reason([members[0], other])?.contains("member 1 has 2 categories; where the members' backbones differ") == true)
  }

  /// A mixture's experts by a rule: what the breakdown says of each, in deviations of its own training rewards.
  @Test func aMixturesExpertsMayBeCombinedInsteadOfAggregated() throws {
    let model = try TinyModel.model().rescalingExperts(
      of: 0, to: [.init(mean: 1, deviation: 2), .init(mean: -1, deviation: 0.5)])
    let aggregated = try model.breakdown(of: "word", to: "Say a word", category: "chat")
    let worst = try model.combiningExperts(by: .worstCase)
    let found = try worst.breakdown(of: "word", to: "Say a word", category: "chat")
    let expected = [(aggregated.capabilities[0].reward - 1) / 2, (aggregated.capabilities[1].reward + 1) / 0.5]
    expectClose(found.capabilities.map(\.reward), expected, 1e-5)
    #expect(found.reward == found.capabilities.map(\.reward).min())
    // A category without experts has its base.
    #expect(
      try worst.score("word", to: "Say a word", category: "other")
        == model.score("word", to: "Say a word", category: "other"))
    #expect(try worst.combiningExperts(by: nil).score("word", to: "Say a word", category: "chat") == aggregated.reward)
    #expect(try worst.usingBasesOnly().breakdown(of: "word", to: "Hi", category: "chat").capabilities.isEmpty)
    #expect(throws: ModelError.self) { try model.combiningExperts(by: .uncertaintyWeighted(lambda: -1)) }
    #expect(throws: ModelError.self) { try model.combiningExperts(by: .meanLessDeviation(lambda: .nan)) }
    // As read from a bundle that does not record the scales.
    let old = try model.rescalingExperts(of: 1, to: nil)
    #expect(throws: ModelError.self) { try old.combiningExperts(by: .mean) }
  }
}
