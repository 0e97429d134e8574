import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Published reward models against transformers: what is read must give its rewards, to 1e-5 in f32.
@Suite struct ClassifierTests {
  private static func reading(_ fixture: ClassifierFixture) -> ClassifierOptions {
    ClassifierOptions(template: fixture.isLlama ? .llama3 : nil)
  }

  private static func model(
    _ url: URL, _ fixture: ClassifierFixture, _ edit: (inout ClassifierOptions) -> Void = { _ in }
  ) throws -> RewardModel {
    var options = reading(fixture)
    edit(&options)
    return try RewardModel(classifier: url, reading: options, options: ModelFixture.options(fastCompute))
  }

  private static func refusal(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch ModelError.unsupportedRewardModel(_, let reason) { return reason } catch {
      return "another error: \(error)"
    }
  }

  @Test(arguments: ["llama", "llama-bf16"])
  func rewardsAreThoseOfTransformers(name: String) throws {
    let fixture = try ClassifierFixture(name)
    let model = try Self.model(fixture.url, fixture)
    try fixture.expectRewards(model, fixture.expected.rewards)
    for (candidate, text) in zip(try fixture.candidates(), fixture.expected.conversations) {
      let encoded = try model.reader.encode(candidate.conversation, responses: [candidate.response])
      #expect(encoded.prompt + encoded.responses[0] == text.ids)
    }
    #expect(model.trainedCategories == ["general"])
  }

  /// Right-most token that is not padding, whatever it is: transformers' `GenericForSequenceClassification`.
  @Test(arguments: ["llama", "llama-bf16"], ["pad-is-the-end", "pad-is-in-the-text", "pad-is-missing"])
  func theRewardIsReadAtTheLastTokenThatIsNotPadding(name: String, variant: String) throws {
    let fixture = try ClassifierFixture(name)
    let own = try fixture.variant(variant)
    try fixture.withFolder(own) { folder in
      let model = try Self.model(folder, fixture)
      try fixture.expectRewards(model, own.logits.map { $0[0] }, variant)
      // A prepared prompt goes the same way.
      let first = try fixture.candidates()[0]
      let after = try model.score(first.response, after: model.prepare(first.conversation))
      expectClose([after], [own.logits[0][0]], 1e-5, "prepared")
    }
  }

  @Test func aBundleKeepsAnImportedModel() throws {
    let fixture = try ClassifierFixture("llama")
    let own = try fixture.variant("pad-is-the-end")
    try fixture.withFolder(own) { folder in
      let model = try Self.model(folder, fixture)
      let bundle = folder.deletingLastPathComponent().appendingPathComponent("my.dmoerm")
      try model.write(to: bundle)
      // No backbone is named: it is found where it was when it was imported, and here beside the bundle.
      let read = try RewardModel(contentsOf: bundle, options: ModelFixture.options(fastCompute), goldens: .all)
      #expect(read.imported == model.imported && read.configuration == model.configuration)
      #expect(try read.scores(of: fixture.candidates()) == model.scores(of: fixture.candidates()))
    }
  }

  @Test func ofSeveralOutputsItMustBeSaidWhich() throws {
    let fixture = try ClassifierFixture("llama")
    let own = try fixture.variant("three-labels")
    try fixture.withFolder(own) { folder in
      let reason = Self.refusal { _ = try Self.model(folder, fixture) }
      #expect(reason?.contains("3 outputs (helpful, harmless, honest)") == true, "\(reason ?? "none")")
      for (place, label) in ["helpful", "harmless", "honest"].enumerated() {
        let model = try Self.model(folder, fixture) { $0.output = .label(label) }
        try fixture.expectRewards(model, own.logits.map { $0[place] }, label)
        #expect(model.imported?.output == label)
      }
      let difference = try Self.model(folder, fixture) { $0.output = .difference(of: "helpful", over: "honest") }
      try fixture.expectRewards(difference, own.logits.map { $0[0] - $0[2] }, "difference")
      #expect(
        Self.refusal { _ = try Self.model(folder, fixture) { $0.output = .label("kind") } }?.contains("kind") == true)
    }
  }
}
