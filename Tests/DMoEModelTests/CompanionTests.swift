import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable @_spi(Command) import DMoEModel

/// Ensembles of published models that each have a backbone of their own.
@Suite struct CompanionTests {
  private static let prompt = "Why is the sky blue?"
  private static let responses = ["Air scatters blue light more than red.", "It just is!", "no"]

  private static func model(_ name: String, _ padding: ClassifierOptions.Padding = .configured) throws -> RewardModel {
    try RewardModel(
      classifier: ClassifierFixture(name).url, reading: ClassifierOptions(padding: padding),
      options: ModelFixture.options(fastCompute))
  }

  @Test(arguments: [RewardCombination.mean, .worstCase])
  func everyMemberReadsByItself(rule: RewardCombination) throws {
    let members = try ["llama", "qwen2", "qwen3"].map { try Self.model($0) }
    let ensemble = try RewardModel(ensemble: members, combination: rule)
    let each = try members.map { try $0.scores(prompt: Self.prompt, responses: Self.responses) }
    let expected = Self.responses.indices.map { index in
      let own = each.map { $0[index] }
      return rule == .mean ? own.reduce(0, +) / 3 : own.min() ?? 0
    }
    #expect(try ensemble.scores(prompt: Self.prompt, responses: Self.responses) == expected)
    let breakdown = try ensemble.breakdown(of: Self.responses[0], to: Conversation(prompt: Self.prompt))
    #expect(breakdown.capabilities.map(\.point) == ["member-1", "member-2", "member-3"])
    // Read alone and beside others: the same but for rounding.
    expectClose(breakdown.capabilities.map(\.reward), each.map { $0[0] }, 1e-5)
    #expect(breakdown.disagreement > 0)
    #expect(ensemble.isComplete(category: "general"))
    // The first one alone, as of every ensemble.
    #expect(try ensemble.usingBasesOnly().scores(prompt: Self.prompt, responses: Self.responses) == each[0])
    let other = try ensemble.combiningExperts(by: rule == .mean ? .worstCase : .mean)
    #expect(try other.scores(prompt: Self.prompt, responses: Self.responses) != expected)
  }

  /// What is kept of a prompt is what each member keeps of it.
  @Test func aPreparedPromptIsPreparedByEveryMember() throws {
    let members = try ["llama", "qwen2"].map { try Self.model($0) }
    let ensemble = try RewardModel(ensemble: members)
    let prepared = try ensemble.prepare(prompt: Self.prompt)
    #expect(try prepared.byteCount == members.reduce(0) { try $0 + $1.prepare(prompt: Self.prompt).byteCount })
    expectClose(
      try ensemble.scores(Self.responses, after: prepared),
      try ensemble.scores(prompt: Self.prompt, responses: Self.responses), 1e-5)
    #expect(throws: ModelError.stalePrompt) { try members[0].scores(["a"], after: prepared) }
    // Several prompts at once, of which a response that one member cannot read has no reward.
    let other = "And the sea?"
    let prompts = try ensemble.prepare([(Conversation(prompt: other), nil), (Conversation(prompt: Self.prompt), nil)])
    let found = try ensemble.attempts(
      after: [(prompts[0].get(), [Self.responses[0], " "]), (prompts[1].get(), Self.responses)])
    expectClose(
      try ([found[0][0]] + found[1]).map { try $0.get().reward },
      try ensemble.scores(prompt: other, responses: [Self.responses[0]])
        + ensemble.scores(prompt: Self.prompt, responses: Self.responses), 1e-5)
    #expect(throws: ModelError.emptyInput("the response")) { try found[0][1].get() }
  }

  @Test func aBundleKeepsEveryMemberAndFindsItsBackbone() throws {
    let members = try [
      Self.model("llama"), Self.model("qwen2"), Self.model("llama", .token("<|eot_id|>")),
    ]
    let ensemble = try RewardModel(ensemble: members, combination: .mean)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("three.dmoerm")
      try ensemble.write(to: url)
      let read = try RewardModel(contentsOf: url, options: ModelFixture.options(fastCompute), goldens: .all)
      #expect(
        try read.scores(prompt: Self.prompt, responses: Self.responses)
          == ensemble.scores(prompt: Self.prompt, responses: Self.responses))
      #expect(read.companions.map(\.imported) == members.dropFirst().map(\.imported))
      // The third member's backbone is the first one's, and is in memory once.
      #expect(read.companions[1].backbone.location == read.backbone.location)
      #expect(read.companions[1].backbone.fingerprint == read.backbone.fingerprint)
      // A member's file that is missing, or that nobody knows, is an error.
      let head = url.appendingPathComponent("member-2.dmoerm/general/base/head.safetensors")
      let bytes = try Data(contentsOf: head)
      try FileManager.default.removeItem(at: head)
      #expect(throws: ModelError.self) { try RewardModel(contentsOf: url, goldens: .none) }
      try bytes.write(to: head)
      try Data().write(to: url.appendingPathComponent("member-2.dmoerm/more"))
      #expect(throws: ModelError.self) { try RewardModel(contentsOf: url, goldens: .none) }
    }
  }

  /// A member whose backbone is gone is told of by name, with what to do.
  @Test func aMembersBackboneThatIsGoneIsNamed() throws {
    try withTemporaryFolder { folder in
      let place = folder.appendingPathComponent("second-backbone")
      try FileManager.default.copyItem(at: ClassifierFixture("qwen2").url, to: place)
      let second = try RewardModel(classifier: place, options: ModelFixture.options(fastCompute))
      let url = folder.appendingPathComponent("elsewhere/two.dmoerm")
      try RewardModel(ensemble: [Self.model("llama"), second]).write(to: url)
      let moved = url.deletingLastPathComponent().appendingPathComponent("second-backbone")
      try FileManager.default.moveItem(at: place, to: moved)
      // Beside the bundle it is found.
      _ = try RewardModel(contentsOf: url, options: ModelFixture.options(fastCompute), goldens: .all)
      try FileManager.default.removeItem(at: moved)
      #expect {
        try RewardModel(contentsOf: url, options: ModelFixture.options(fastCompute))
      } throws: { error in
        "\(error)".contains("second-backbone") && "\(error)".contains("beside the bundle")
      }
    }
  }

  @Test func whatOneModelCanBeAnEnsembleOverSeveralBackbonesCannot() throws {
    let ensemble = try RewardModel(ensemble: [Self.model("llama"), Self.model("qwen2")])
    try withTemporaryFolder { folder in
      #expect {
        try ensemble.export(to: folder.appendingPathComponent("out.gguf"), format: .gguf())
      } throws: { error in
        "\(error)".contains("2 models over several backbones")
      }
    }
    #expect(throws: ModelError.self) {
      try RewardModel(base: ensemble, taxonomy: .single, expert: LoRAConfiguration(rank: 2), seed: 1)
    }
    #expect(throws: ModelError.self) { try RewardModel(ensemble: [ensemble, Self.model("qwen3")]) }
    #expect(throws: ModelError.self) { try ensemble.combiningExperts(by: nil) }
  }
}
