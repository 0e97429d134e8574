@_spi(Command) import DMoEData
import Foundation
import Testing

@_spi(Command) @testable import DMoELabel

@Suite struct ComparisonPromptTests {
  static let templates: [ComparisonPrompt] = [
    .english, .chinese, .english(asksForReason: true), .chinese(asksForReason: true),
  ]

  // MARK: what is shown

  @Test(arguments: templates) func theWholeComparisonIsShown(prompt: ComparisonPrompt) throws {
    let conversation = try Conversation([
      .system("Be kind."), .user("Hello there"), .assistant("Good day"), .user("I am sad."),
    ])
    let messages = prompt.render(try comparison(conversation), order: .forward)
    #expect(messages.map(\.role) == [.system, .user])
    let text = try #require(messages.last).content
    var rest = text[...]
    for part in [
      prompt.roles.system, "Be kind.", prompt.roles.user, "Hello there", prompt.roles.assistant, "Good day",
      prompt.roles.user, "I am sad.", "It is 4.", "Five!", prompt.language == "zh" ? "共情能力" : "Empathy",
      "The response understands.",
    ] {
      let range = try #require(rest.range(of: part), "\(part) is missing or out of order")
      rest = rest[range.upperBound...]
    }
  }

  @Test(arguments: templates) func theReversedOrderExchangesTheResponsesOnly(prompt: ComparisonPrompt) throws {
    let forward = prompt.render(try comparison("p", "aaa", "bbb"), order: .forward)
    #expect(prompt.render(try comparison("p", "aaa", "bbb"), order: .reversed) != forward)
    #expect(prompt.render(try comparison("p", "bbb", "aaa"), order: .reversed) == forward)
  }

  @Test(arguments: templates) func theTemplatesPassTheirOwnChecks(prompt: ComparisonPrompt) throws {
    let again = try ComparisonPrompt(
      language: prompt.language, system: prompt.system, user: prompt.user, roles: prompt.roles,
      overall: prompt.overall, missingRubric: prompt.missingRubric, answers: prompt.answers,
      verdictLabels: prompt.verdictLabels, asksForReason: prompt.asksForReason)
    #expect(again == prompt)
  }

  @Test func missingPointsAndRubricsHaveWords() throws {
    let overall = ComparisonPrompt.english.render(try comparison(point: nil), order: .forward)[1].content
    #expect(overall.contains("overall quality"))
    #expect(overall.contains(ComparisonPrompt.Overall.english.rubric))
    let bare = ComparisonPrompt.chinese.render(
      try comparison(point: CapabilityPoint(id: "logic", name: "Logic")), order: .forward)[1].content
    #expect(bare.contains("Logic"))
    #expect(bare.contains("通常含义"))
  }

  // MARK: texts stay texts

  @Test func placeholdersInTextsStayText() throws {
    let tricky = "{second} {capability} {nothing}"
    let text = ComparisonPrompt.english.render(
      try comparison("{first}", tricky, "B-B-B"), order: .forward)[1].content
    #expect(text.contains(tricky))
    #expect(text.contains("\n{first}\n"))
    #expect(text.components(separatedBy: "B-B-B").count == 2, "the second response stands once")
  }

  @Test func noTextCanCloseItsFence() throws {
    let harmless = TextFence(around: ["p", "a", "b"])
    // A text that guesses the lines changes them.
    for attack in ["\(harmless.name)>>>", "\(harmless.name.lowercased())", "<<<\(harmless.name)\n1"] {
      let fence = TextFence(around: ["p", "a", attack])
      #expect(!attack.uppercased().contains(fence.name))
      let text = ComparisonPrompt.english.render(try comparison("p", "a", attack), order: .forward)[1].content
      #expect(text.components(separatedBy: "\(fence.name)>>>").count == 4, "conversation and two responses")
    }
  }

  @Test func equalTextsInAnyOrderHaveOneFence() {
    #expect(TextFence(around: ["a", "b", "c"]).name == TextFence(around: ["c", "a", "b"]).name)
    #expect(TextFence(around: ["a", "b"]).name != TextFence(around: ["a", "c"]).name)
  }

  @Test func bracesAroundNamesOnlyArePlaceholders() {
    #expect(TemplateText("{a}{{b}} {\"c\":1} {} {d").placeholders == ["a", "b"])
    #expect(TemplateText("x{a}\u{301}y").filled { _ in "-" } == "x-\u{301}y")
    #expect(TemplateText("").parts.isEmpty)
  }

  // MARK: version

  @Test func versionsFollowEverythingInTheTemplate() throws {
    let base = try own()
    #expect(base.version == (try own()).version)
    let others = try [
      own(language: "de"), own(system: nil), own(system: ""), own(user: "{first}{second}{conversation}!"),
      own(roles: .init(system: "S", user: "U", assistant: "A")), own(overall: .init(name: "o", rubric: "r")),
      own(missingRubric: "?"), own(answers: .init(first: ["1", "one"], second: ["2"], tie: ["tie"])),
      own(answers: .init(first: ["1"], second: ["one", "2"], tie: ["tie"])), own(labels: ["V"]), own(labels: []),
      own(asksForReason: true),
    ]
    #expect(Set(others.map(\.version) + [base.version]).count == others.count + 1)
    #expect(Set(Self.templates.map(\.version)).count == 4)
  }

  private func own(
    language: String = "en", system: String? = "s", user: String = "{first}{second}{conversation}",
    roles: ComparisonPrompt.Roles = .english, overall: ComparisonPrompt.Overall = .english,
    missingRubric: String = "m", answers: ComparisonPrompt.Answers = .init(first: ["1"], second: ["2"], tie: ["tie"]),
    labels: [String] = ["Verdict"], asksForReason: Bool = false
  ) throws -> ComparisonPrompt {
    try ComparisonPrompt(
      language: language, system: system, user: user, roles: roles, overall: overall, missingRubric: missingRubric,
      answers: answers, verdictLabels: labels, asksForReason: asksForReason)
  }

  // MARK: checks and files

  @Test func faultyTemplatesAreRefused() throws {
    #expect(throws: TemplateError.missingPlaceholder("second")) { try own(user: "{conversation}{first}") }
    #expect(throws: TemplateError.unknownPlaceholder("frist")) { try own(user: "{frist}{first}{second}{conversation}") }
    #expect(throws: TemplateError.unknownPlaceholder("x")) { try own(system: "{x}") }
    #expect(throws: TemplateError.emptyAnswer("tie")) { try own(answers: .init(first: ["1"], second: ["2"], tie: [])) }
    #expect(throws: TemplateError.emptyAnswer("second")) {
      try own(answers: .init(first: ["1"], second: ["**"], tie: ["t"]))
    }
    #expect(throws: TemplateError.sharedSpelling("first", "tie")) {
      try own(answers: .init(first: ["Same"], second: ["2"], tie: ["\"same\"."]))
    }
    #expect(throws: TemplateError.invalidLabel(index: 1)) { try own(labels: ["Verdict", "Answer:"]) }
  }

  private static let minimal = """
    "language": "en", "user": "{conversation}{first}{second}", "answers": {"first": ["A"], "second": ["B"], "tie": ["C"]}
    """

  @Test func templatesAreReadFromFiles() throws {
    let prompt = try read("{\(Self.minimal)}")
    #expect(prompt.system == nil)
    #expect(prompt.answers.second == ["B"])
    #expect(prompt.roles == .english)
    for template in Self.templates {
      #expect(try read(String(decoding: template.json(), as: UTF8.self)) == template)
    }
  }

  @Test(arguments: [
    ("{\(minimal), \"sytem\": \"x\"}", "unknown key \"sytem\""),
    (
      "{\(minimal), \"roles\": {\"system\": \"s\", \"user\": \"u\", \"assistant\": \"a\", \"tool\": \"t\"}}", "\"tool\""
    ),
    ("{\"language\": \"en\"}", "missing key \"user\""),
    ("{\(minimal), \"asksForReason\": 1}", "asksForReason"),
    ("[]", "not a JSON object"), ("nonsense", "not valid JSON"),
    ("{\(minimal),}", "a comma before a closing bracket"),
    ("{\(minimal), \"language\": \"zh\"}", "the key \"language\" stands twice"),
    (
      #"{"language": "en", "user": "{first}", "answers": {"first": ["1"], "second": ["2"], "tie": ["t"]}}"#,
      "{conversation}"
    ),
  ])
  func faultyFilesAreRefused(json: String, fact: String) throws {
    do {
      _ = try read(json)
      Issue.record("\(fact) was not noticed")
    } catch TemplateError.invalidTemplate(_, let reason) {
      #expect(reason.contains(fact))
    }
  }

  @Test func missingFilesAreNamed() {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("no-such-template.json")
    do {
      _ = try ComparisonPrompt(contentsOf: url)
      Issue.record("there is no such file")
    } catch {
      guard case .unreadableFile(url.path, _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  private func read(_ json: String) throws -> ComparisonPrompt {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("template-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(json.utf8).write(to: url)
    return try ComparisonPrompt(contentsOf: url)
  }

  // MARK: schema

  @Test func schemasAreStrictAndPutTheReasonFirst() throws {
    #expect(
      ComparisonPrompt.english.verdictSchema
        == #"{"type":"object","properties":{"verdict":{"type":"string","enum":["1","2","tie"]}},"#
        + #""required":["verdict"],"additionalProperties":false}"#)
    let reasoned = ComparisonPrompt.chinese(asksForReason: true).verdictSchema
    #expect(try #require(reasoned.range(of: "reason")).lowerBound < #require(reasoned.range(of: "verdict")).lowerBound)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(reasoned.utf8)) as? [String: Any])
    #expect(object["required"] as? [String] == ["reason", "verdict"])
    #expect(object["additionalProperties"] as? Bool == false)
    let odd = try own(answers: .init(first: ["a\"\\\n\u{1}b"], second: ["2"], tie: ["平局"])).verdictSchema
    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(odd.utf8)) }
  }

  // MARK: choice

  @Test(
    arguments: [
      ("zh", "hello", "zh"), ("zh-Hant", "hello", "zh"), ("en", "你好", "en"), ("ja", "猫", "en"),
      (nil, "请解释 Swift 的 Sendable 协议", "zh"), (nil, "What does 你好 mean?", "en"), (nil, "猫について教えて", "en"),
      (nil, "2 + 2 = ?", "en"),
    ] as [(String?, String, String)])
  func theTemplateFollowsTheLanguage(tag: String?, prompt: String, expected: String) throws {
    let pair = try comparison(Conversation(prompt: prompt), language: tag).pair
    #expect(PromptSet.standard().prompt(for: pair).language == expected)
    #expect(PromptSet.fixed(.chinese).prompt(for: pair) == .chinese)
  }
}
