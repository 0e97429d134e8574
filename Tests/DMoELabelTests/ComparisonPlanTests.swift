@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel
import Testing

@Suite struct ComparisonPlanTests {
  private func sample(
    _ id: String = "a", _ responses: [String] = ["u", "v"], _ ranks: [Int] = [1, 2], category: String? = "chat",
    capability: String? = nil, weight: Float = 1
  ) throws -> RankedResponses {
    try RankedResponses(
      id: id, source: "s", language: "en", conversation: "p", responses: responses, ranks: ranks, category: category,
      capability: capability, weight: weight)
  }

  private func plan(
    _ samples: [RankedResponses], names: [String]? = nil, overall: Bool = false
  ) throws -> ComparisonPlan {
    try ComparisonPlan(samples: samples, taxonomy: .paper, points: names, overall: overall)
  }

  @Test func everyPointOfTheCategoryIsAsked() throws {
    let plan = try plan([sample()])
    #expect(plan.comparisons.map(\.capability) == Taxonomy.paper["chat"]?.points.map(\.id))
    #expect(plan.pairCount == 1)
  }

  @Test func pointsAreFoundByNameInTheTaxonomysOrder() throws {
    let plan = try plan([sample()], names: ["Content richness", "empathy"], overall: true)
    #expect(plan.comparisons.map(\.capability) == [nil, "empathy", "content-richness"])
  }

  @Test func aCategoryWithoutThePointIsCounted() throws {
    let plan = try plan([sample(), sample("b", category: "obj_qa")], names: ["empathy"])
    #expect(plan.comparisons.map(\.pair.id) == ["a"])
    #expect(plan.pointlessCount == 1)
  }

  @Test func withoutACategoryOnlyTheOverallQualityIsAsked() throws {
    #expect(try plan([sample(category: nil)], overall: true).comparisons.map(\.capability) == [nil])
    let none = try plan([sample(category: nil)])
    #expect(none.comparisons.isEmpty)
    #expect(none.uncategorizedCount == 1)
  }

  @Test func anUnknownPointIsAnError() throws {
    #expect(throws: DataError.unknownCapability("charm", category: nil)) { try plan([sample()], names: ["charm"]) }
  }

  @Test func rankingsAreTakenApartIntoPairs() throws {
    let plan = try plan([sample("r", ["u", "v", "w"], [2, 1, 2])], names: ["empathy"])
    #expect(plan.comparisons.map(\.pair.id) == ["r/0-1", "r/0-2", "r/1-2"])
    #expect(plan.comparisons.map(\.human) == [.chosen(1), .tie, .chosen(0)])
  }

  @Test func onePairIsAskedOnceWhateverItsRanksSpeakOf() throws {
    let plan = try plan(
      [
        sample("a", ["u", "v"], [1, 2]), sample("b", ["v", "u"], [1, 2], capability: "empathy"),
        sample("c", ["u", "v"], [1, 1], capability: "proactivity"),
      ], names: ["empathy", "proactivity", "content-richness"])
    #expect(plan.pairCount == 1)
    #expect(plan.comparisons.map(\.pair.id) == ["a", "a", "a"])
    // Own ranks, in the order of the first sample's responses, stand above the overall ones.
    #expect(plan.comparisons.map(\.capability) == ["proactivity", "empathy", "content-richness"])
    #expect(plan.comparisons.map(\.human) == [.tie, .chosen(1), .chosen(0)])
    #expect(plan.comparisons.map(\.hasOwnRanks) == [true, true, false])
  }

  @Test func aWeightOfZeroIsNoOpinion() throws {
    let plan = try plan([sample(weight: 0)], names: ["empathy"])
    #expect(plan.comparisons.map(\.human) == [nil])
  }

  @Test func equalResponsesAreNotCompared() throws {
    let plan = try plan([sample("a", ["u", "u"]), sample("r", ["u", "v", "u"], [1, 2, 3])], names: ["empathy"])
    #expect(plan.comparisons.map(\.pair.id) == ["r/0-1"])
  }

  @Test func categoriesTakeTurnsWhenPairsAreFew() throws {
    let samples =
      try ["a", "b", "c"].map { try sample($0, ["\($0)1", "\($0)2"]) }
      + [sample("d", category: "text"), sample("e", category: "obj_qa")]
    let plan = try plan(samples, names: ["content-richness", "empathy"])
    #expect(plan.keeping(pairs: 3).comparisons.map(\.pair.id) == ["a", "a", "b", "b", "d"])
    #expect(plan.keeping(pairs: 3).comparedPairCount == 3)
    #expect(plan.keeping(pairs: 9) == plan)
    #expect(plan.keeping(pairs: 0).comparisons.isEmpty)
  }
}
