@_spi(Command) import DMoEData
import Foundation
import Testing

@Suite struct TaxonomyTests {
  private func read(_ json: String) throws -> Taxonomy {
    try withTemporaryFile(Data(json.utf8)) { try Taxonomy(contentsOf: $0) }
  }

  @Test func thePaperHasFiveCategoriesAndTwentySevenPoints() throws {
    let paper = Taxonomy.paper
    #expect(paper.categories.map(\.id) == ["roleplay", "chat", "subj_qa", "obj_qa", "text"])
    #expect(paper.categories.map(\.points.count) == [6, 5, 5, 6, 5])
    #expect(paper.pointCount == 27)
    #expect(try Taxonomy(paper.categories) == paper, "the built-in taxonomy passes validation")
    for category in paper.categories {
      #expect(category.chineseName != nil)
      for point in category.points { #expect(point.chineseName != nil && point.rubric?.hasSuffix(".") == true) }
    }
  }

  @Test func theSingleTaxonomyIsValid() throws {
    #expect(try Taxonomy(Taxonomy.single.categories) == .single)
    #expect(Taxonomy.single.categories.count == 1)
  }

  @Test func categoriesAnswerToNamesAndAliases() {
    for name in ["subj_qa", "subjective-qa", "主观知识问答", "SUBJECTIVE knowledge QA"] {
      #expect(Taxonomy.paper.category(named: name)?.id == "subj_qa")
    }
    #expect(Taxonomy.paper.category(named: "safety") == nil)
    #expect(Taxonomy.paper["subjective-qa"] == nil, "the subscript takes identifiers only")
    #expect(Taxonomy.paper.index(of: "text") == 4)
    #expect(Taxonomy.paper["chat"]?.point(named: "共情能力")?.id == "empathy")
    #expect(Taxonomy.paper["text"]?.point(named: "empathy") == nil)
  }

  @Test func sharedNamesAreRefused() {
    #expect(throws: DataError.duplicateName("a", in: "the taxonomy")) {
      try Taxonomy([TaskCategory(id: "a"), TaskCategory(id: "a")])
    }
    #expect(throws: DataError.duplicateName("A", in: "the taxonomy")) {
      try Taxonomy([TaskCategory(id: "a"), TaskCategory(id: "b", aliases: ["A"])])
    }
    #expect(throws: DataError.duplicateName("x", in: "a")) {
      try Taxonomy([TaskCategory(id: "a", points: [CapabilityPoint(id: "x"), CapabilityPoint(id: "x")])])
    }
    #expect(throws: Never.self) {
      try Taxonomy([
        TaskCategory(id: "a", points: [CapabilityPoint(id: "x")]),
        TaskCategory(id: "b", points: [CapabilityPoint(id: "x")]),
      ])
    }
  }

  @Test(arguments: ["", "Chat", "a b", "../a", "-a", "_a", "闲聊", String(repeating: "a", count: 65)])
  func identifiersAreSlugs(id: String) {
    #expect(throws: DataError.invalidIdentifier(id)) { try Taxonomy([TaskCategory(id: id)]) }
  }

  @Test(arguments: ["base", "overall"]) func pointsMayNotTakeReservedNames(id: String) {
    #expect(throws: DataError.invalidIdentifier(id)) {
      try Taxonomy([TaskCategory(id: "a", points: [CapabilityPoint(id: id)])])
    }
  }

  @Test func aFileGivesWhatWasWritten() throws {
    let data = try Taxonomy.paper.json()
    #expect(try withTemporaryFile(data) { try Taxonomy(contentsOf: $0) } == .paper)
    #expect(try JSONDecoder().decode(Taxonomy.self, from: JSONEncoder().encode(Taxonomy.paper)) == .paper)
  }

  @Test func namesDefaultToIdentifiers() throws {
    let taxonomy = try read(#"{"categories":[{"id":"a","points":[{"id":"x"}]}]}"#)
    #expect(taxonomy.categories == [TaskCategory(id: "a", name: "a", points: [CapabilityPoint(id: "x", name: "x")])])
  }

  @Test(arguments: [
    (#"{"categories":[{"id":"a","points":[],"rubrik":""}]}"#, #"categories[0]: unknown key "rubrik""#),
    (#"{"categories":[{"id":"a","points":[{"id":"x","y":1}]}]}"#, #"categories[0].points[0]: unknown key "y""#),
    (#"{"categories":[{"id":"a"}]}"#, #"missing key "categories[0].points""#),
    (#"{"categories":[{"id":1,"points":[]}]}"#, "categories[0].id: not a string"),
    (#"{"tasks":[]}"#, #"unknown key "tasks""#),
    (#"{}"#, #"missing key "categories""#),
    ("[", "not valid JSON: it ends too early, column 2"),
  ])
  func fileErrorsNameTheKey(json: String, reason: String) throws {
    do {
      _ = try read(json)
      Issue.record("no error")
    } catch DataError.malformedTaxonomy(_, let found) {
      #expect(found == reason)
    }
  }

  @Test func anEmptyFileTaxonomyIsRefused() {
    #expect(throws: DataError.emptyTaxonomy) { try read(#"{"categories":[]}"#) }
  }

  @Test func inferenceCountsAndOrders() throws {
    let data =
      try Array(repeating: sample(category: "chat", capability: "logic"), count: 3)
      + [sample(category: "text", capability: "logic"), sample(category: "text", capability: "empathy")]
      + [sample(category: "text"), sample(category: "text", capability: "empathy")]
      + [sample(category: "rare"), sample(capability: "stray")]
    let all = try Taxonomy.inferred(from: data)
    #expect(all.categories.map(\.id) == ["text", "chat", "rare"])
    #expect(all["text"]?.points.map(\.id) == ["empathy", "logic"])
    let frequent = try Taxonomy.inferred(from: data.reversed(), minimumCategoryCount: 3, minimumPointCount: 2)
    #expect(frequent.categories.map(\.id) == ["text", "chat"])
    #expect(frequent["text"]?.points.map(\.id) == ["empathy"])
    #expect(throws: DataError.emptyTaxonomy) { try Taxonomy.inferred(from: [sample()]) }
  }

  @Test func inferenceBreaksCountTiesByIdentifier() throws {
    let data = try ["b", "a", "c"].map { try sample(category: $0) }
    #expect(try Taxonomy.inferred(from: data).categories.map(\.id) == ["a", "b", "c"])
  }
}
