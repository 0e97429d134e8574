import DMoECore
import DMoEData
import Testing
import _TestSupport

@testable import DMoEModel

/// A model that was not trained, or not through, does not score as if it were.
@Suite struct UntrainedModelTests {
  @Test func anUntrainedModelScoresOnlyWhenAsked() throws {
    var model = try TinyModel.untrained()
    let conversation: Conversation = "Say a word"
    #expect(throws: ModelError.untrainedModel) { try model.score("word", to: conversation) }
    #expect(throws: ModelError.untrainedModel) { try model.score("word", to: conversation, category: "chat") }
    #expect(throws: ModelError.untrainedModel) { try model.prepare(conversation) }
    #expect(throws: ModelError.untrainedModel) {
      try model.scores(of: [Candidate(conversation: conversation, response: "word")])
    }
    model.scoresUntrained = true
    #expect(try model.score("word", to: conversation).isFinite)
    #expect(try model.score("word", after: model.prepare(conversation)).isFinite)
  }

  @Test func whatABundleOfAnUntrainedModelGivesIsUntrained() throws {
    try withTemporaryFolder { folder in
      var model = try TinyModel.untrained(backbone: ModelFixture.backbone("llama/llama.f32.gguf"))
      model.scoresUntrained = true
      let url = folder.appendingPathComponent("empty.dmoerm")
      try model.write(to: url)
      let read = try RewardModel(contentsOf: url, backbone: ModelFixture.folder.url("llama/llama.f32.gguf"))
      #expect(!read.scoresUntrained)
      #expect(throws: ModelError.untrainedModel) { try read.score(prompt: "Say a word", response: "word") }
    }
  }

  @Test func anUntrainedCategoryIsAnErrorEvenWhereOthersAreTrained() throws {
    var model = try TinyModel.model().untraining(1)
    model.scoresUntrained = true
    #expect(throws: ModelError.untrainedCategory("code")) { try model.score("word", to: "Say", category: "code") }
  }

  /// Otherwise every conversation would go to the first category.
  @Test func anUntrainedRouterChoosesNoCategory() throws {
    var model = try TinyModel.model()
    model.router.isTrained = false
    #expect(throws: ModelError.untrainedRouter) { try model.score("word", to: "Say") }
    #expect(try model.score("word", to: "Say", category: "chat").isFinite)
    // With one trained category there is nothing to choose.
    #expect(try model.untraining(1).untraining(2).breakdown(of: "word", to: "Say").category == "chat")
  }

  @Test func aCategoryWithoutAllExpertsIsScoredByItsBase() throws {
    let whole = try TinyModel.model()
    let lacking = try whole.replacingExperts(of: 0, by: [whole.inner[0].experts[0], nil])
    let bare = try whole.replacingExperts(of: 0, by: [nil, nil])
    #expect(whole.isComplete(category: "chat") && !lacking.isComplete(category: "chat"))
    let found = try lacking.breakdown(of: "word", to: "Say", category: "chat")
    #expect(found.capabilities.isEmpty)
    #expect(try found == bare.breakdown(of: "word", to: "Say", category: "chat"))
  }

  @Test func aModelOfOneCategoryJudgesRowsOfAnyCategory() throws {
    var model = try TinyModel.model { $0.taxonomy = .single }
    model.router.isTrained = false
    let plain = try model.breakdown(of: "word", to: "Say")
    #expect(try model.breakdown(of: "word", to: "Say", category: "poetry") == plain)
    #expect(plain.category == "general")
  }
}
