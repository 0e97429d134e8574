@_spi(Command) import DMoEData
import Foundation
import Testing

@testable import DMoELabel

@Suite struct PerturbationLabelerTests {
  private func sample(
    _ index: Int, ranks: [Int] = [1, 2], category: String? = "chat", capability: String? = nil, weight: Float = 1,
    language: PerturbationLanguage = .english, responses: [String]? = nil
  ) throws -> RankedResponses {
    let text = language == .english ? PerturbationSamples.english : PerturbationSamples.chinese
    return try RankedResponses(
      id: "row \(index)", source: "ours", language: language.rawValue,
      conversation: try Conversation(prompt: "Question \(index)? \(PerturbationSamples.prompt)"),
      responses: responses ?? ["\(text) \(index) + 2.", "No."], ranks: ranks, category: category,
      capability: capability,
      weight: weight)
  }

  private func samples(_ count: Int = 30) throws -> [RankedResponses] {
    let categories = ["roleplay", "chat", "subj_qa", "obj_qa", "text"]
    return try (0..<count).map { index in
      try sample(index, category: categories[index % 5], language: index % 3 == 0 ? .chinese : .english)
    }
  }

  private func labeler(_ rules: [String]? = nil, perRow: Int? = nil, weight: Float = 1, seed: UInt64 = 7) throws
    -> PerturbationLabeler
  {
    try PerturbationLabeler(
      taxonomy: .paper, rules: try rules.map(PerturbationLabeler.rules(named:)) ?? PerturbationLabeler.allRules,
      rulesPerRow: perRow, weight: weight, seed: seed)
  }

  // MARK: Seeds

  @Test(arguments: [nil, 3] as [Int?]) func theOrderOfRowsDecidesNothing(perRow: Int?) async throws {
    let samples = try samples()
    let labeler = try labeler(perRow: perRow)
    let straight = try await labeler.result(of: samples).labels.map(PreferenceWriter.line(for:))
    let reversed = try await labeler.result(of: samples.reversed()).labels.map(PreferenceWriter.line(for:))
    #expect(straight.count > 100)
    #expect(Set(straight) == Set(reversed) && straight.count == reversed.count)
    #expect(try await labeler.result(of: samples).labels.map(PreferenceWriter.line(for:)) == straight)
  }

  @Test func anotherSeedGivesOtherDamage() async throws {
    let samples = try samples(5)
    let one = try await labeler(seed: 1).result(of: samples).labels
    let two = try await labeler(seed: 2).result(of: samples).labels
    #expect(one.map(\.id) == two.map(\.id) && one != two)
  }

  // MARK: Which response, which point

  @Test func theBestResponseIsBetterThanItsDamagedSelf() async throws {
    let sample = try sample(1, ranks: [2, 1], responses: ["No.", "The dough rests for 20 minutes."])
    let result = try await PerturbationLabeler(taxonomy: .paper, rules: [NumbersChanged()]).result(
      of: [sample.labeled(category: "obj_qa", capability: nil)])
    let label = try #require(result.labels.first)
    #expect(result.labels.count == 1)
    #expect(label.responses[0] == "The dough rests for 20 minutes." && label.ranks == [1, 2])
    #expect(label.responses[1] != label.responses[0] && label.conversation == sample.conversation)
    #expect(label.category == "obj_qa" && label.capability == "correctness" && label.source == "ours")
    #expect(label.annotator == "perturbation/numbers-changed" && label.id == "row 1/numbers-changed")
  }

  @Test func tiesAndWeightsOfNothingHaveNoBestResponse() async throws {
    let samples = try [sample(1, ranks: [1, 1]), sample(2, weight: 0), sample(3)]
    let report = try await labeler(["padding-added"]).result(of: samples).report
    #expect(report.rows == 3 && report.undecided == 2 && report.responses == 1 && report.pairs == 1)
  }

  @Test func aRuleWhosePointTheCategoryLacksIsCountedAndNotApplied() async throws {
    let result = try await labeler(["numbers-changed"]).result(of: [sample(1, category: "chat")])
    #expect(result.labels.isEmpty)
    #expect(result.report.rules[0].withoutPoint == 1 && result.report.rules[0].tried == 0)
  }

  @Test func everyPointOfTheCategoryThatTheRuleIsForHasALabel() async throws {
    let result = try await labeler(["details-cut"]).result(of: [sample(1, category: "subj_qa")])
    #expect(result.labels.map(\.capability) == ["viewpoint-richness", "knowledge-breadth"])
    #expect(Set(result.labels.map(\.responses)).count == 1)
  }

  @Test func whatIsBestAtAPointServesOnlyTheRulesForThatPoint() async throws {
    let result = try await labeler().result(of: [sample(1, capability: "empathy")])
    #expect(Set(result.labels.map(\.capability)) == ["empathy"])
  }

  @Test func aResponseOfManyRowsIsDamagedOnce() async throws {
    let rows = try [sample(1), sample(1, capability: "empathy"), sample(1)]
    let result = try await labeler(["empathy-removed"]).result(of: rows)
    #expect(result.pairs.count == 1 && result.report.repeated == 2)
    #expect(result.labels.map(\.capability) == ["emotion-expression", "empathy"])
  }

  @Test func rowsWithoutACategoryAreCounted() async throws {
    let report = try await labeler().result(of: [sample(1, category: nil), sample(2, category: "poetry")]).report
    #expect(report.uncategorized == 2 && report.pairs == 0)
  }

  @Test func aResponseOfAnotherLanguageIsNotApplicable() async throws {
    let sample = try sample(1, responses: ["Die Katze sitzt auf der Matte und schläft.", "Nein."])
    let report = try await labeler(["padding-added"]).result(of: [sample.labeled(category: "text", capability: nil)])
      .report
    #expect(report.rules[0].notApplicable == ["language": 1] && report.languages == ["other": 1])
  }

  /// A rule that does nothing is told, and gives no pair of equal responses.
  @Test func damageThatChangesNothingIsNotApplicable() async throws {
    struct Idle: PerturbationRule {
      let name = "idle"
      let summary = "Nothing."
      let points = ["logic"]
      let lengthChange = LengthChange.same

      func perturb(_ subject: PerturbationSubject, using _: inout some RandomNumberGenerator) -> PerturbationOutcome {
        .damaged(subject.response)
      }
    }
    let labeler = try PerturbationLabeler(taxonomy: .paper, rules: [Idle()])
    let result = try await labeler.result(of: [sample(1, category: "text")])
    #expect(result.labels.isEmpty && result.report.rules[0].notApplicable == ["unchanged": 1])
  }

  // MARK: How many, how heavy

  @Test func noRowHasMoreRulesThanAskedFor() async throws {
    let result = try await labeler(perRow: 2).result(of: samples())
    let counts = Dictionary(grouping: result.pairs, by: \.row.id).mapValues(\.count)
    #expect(counts.values.allSatisfy { $0 == 2 } && counts.count == 30)
    #expect(Set(result.pairs.map(\.rule)).count > 10, "drawn for each row")
    #expect(result.report.rules.allSatisfy { $0.tried + $0.withoutPoint + $0.notTried == 30 })
  }

  @Test func weightsOfRowsAndLabelerMultiply() async throws {
    let result = try await labeler(["padding-added"], weight: 0.25).result(of: [sample(1, category: "text", weight: 2)])
    #expect(result.labels.map(\.weight) == [0.5])
  }

  // MARK: Another prompt's response

  @Test func anotherPromptsResponseIsOfTheCategoryAndLanguage() async throws {
    let samples = try samples(60)
    let result = try await labeler(["other-response"]).result(of: samples)
    let places = Dictionary(uniqueKeysWithValues: samples.map { ($0.responses[0], $0) })
    #expect(result.pairs.count > 20)
    for pair in result.pairs {
      let other = try #require(places[pair.damaged])
      #expect(other.category == pair.row.category && other.language == pair.row.language && other.id != pair.row.id)
    }
  }

  // MARK: People

  @Test func theReportSaysHowOftenPeopleFindTheResponseBestAtThePoint() async throws {
    let good = try sample(1)
    let rated = try [
      good, good.labeled(category: "chat", capability: "empathy"),
      RankedResponses(
        id: "b", conversation: good.conversation, responses: good.responses, ranks: [2, 1], category: "chat",
        capability: "emotion-expression"),
    ]
    let report = try await labeler(["empathy-removed"]).result(of: rated).report
    #expect(report.rules[0].agreement == Proportion(successes: 1, total: 2))
    #expect(report.textTable().contains("best there"))
  }

  // MARK: Files

  @Test func labelsAreReadBackAsTheyWere() async throws {
    let labels = try await labeler(weight: 0.5).result(of: samples()).labels
    var data = Data()
    for label in labels { data.append(PreferenceWriter.line(for: label)) }
    let read = try PreferenceReader.readAll(
      JSONLines(data: data, name: "labels"), options: ReadingOptions(taxonomy: .paper)
    ).samples
    #expect(read == labels)
  }

  @Test func theReportSurvivesJSON() async throws {
    let report = try await labeler().result(of: samples()).report
    #expect(try JSONDecoder().decode(PerturbationReport.self, from: report.json()) == report)
    #expect(
      report.labels == report.rules.reduce(0) { $0 + $1.labels.values.reduce(0, +) } && report.labels > report.pairs)
  }

  // MARK: Settings

  @Test func pointsOfRulesMayBeOthers() async throws {
    let points = PerturbationPoints(["padding-added": ["Logic"], "details-cut": []])
    let labeler = try PerturbationLabeler(
      taxonomy: .paper, rules: [PaddingAdded(), DetailsCut()], points: points)
    #expect(try await labeler.result(of: [sample(1, category: "text")]).labels.map(\.capability) == ["logic"])
  }

  @Test func wrongNamesOfRulesAndPointsAreErrors() throws {
    let known = PerturbationLabeler.allRules.map(\.name)
    #expect(throws: PerturbationError.unknownRule("x", known: known)) { try PerturbationLabeler.rules(named: ["x"]) }
    #expect(throws: PerturbationError.duplicateRule("padding-added")) {
      try PerturbationLabeler.rules(named: ["padding-added", "padding-added"])
    }
    #expect(throws: PerturbationError.unknownPoint("charm", rule: "padding-added")) {
      try PerturbationLabeler(taxonomy: .paper, points: PerturbationPoints(["padding-added": ["charm"]]))
    }
    #expect(throws: PerturbationError.noRuleApplies) { try PerturbationLabeler(taxonomy: .single) }
    #expect(throws: PerturbationError.invalidWeight(0)) { try PerturbationLabeler(taxonomy: .paper, weight: 0) }
  }

  @Test func aFileOfPointsIsReadStrictly() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("points-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: url) }
    #expect(throws: PerturbationError.self) { try PerturbationPoints(contentsOf: url) }
    try Data(#"{"padding-added": ["logic"]}"#.utf8).write(to: url)
    #expect(try PerturbationPoints(contentsOf: url) == PerturbationPoints(["padding-added": ["logic"]]))
    for wrong in ["[]", #"{"padding-added": "logic"}"#, #"{"a": [], "a": []}"#] {
      try Data(wrong.utf8).write(to: url)
      #expect(throws: PerturbationError.self) { try PerturbationPoints(contentsOf: url) }
    }
  }
}
