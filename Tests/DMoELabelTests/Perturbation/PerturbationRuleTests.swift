import DMoEData
import Testing

@testable import DMoELabel

/// What holds for every rule, and for some of them in particular.
@Suite struct PerturbationRuleTests {
  private static let rules = PerturbationLabeler.allRules
  private static var names: [String] { rules.map(\.name) }

  private func rule(_ name: String) throws -> any PerturbationRule {
    try #require(Self.rules.first { $0.name == name })
  }

  // MARK: Every rule

  /// A refusal is what only one rule begins from, so that it has a subject of its own.
  private func subjects(_ name: String) throws -> [PerturbationSubject] {
    guard name == "refusal-reversed" else { return try PerturbationLanguage.allCases.map(PerturbationSamples.subject) }
    return [
      PerturbationSamples.subject("I'm sorry, but I can't help with that. It would hurt people."),
      PerturbationSamples.subject("抱歉，我无法帮您做这件事，这样会伤害别人。", .chinese),
    ]
  }

  @Test(arguments: names) func aRuleChangesTheTextInBothLanguages(name: String) throws {
    let rule = try rule(name)
    for subject in try subjects(name) {
      for seed in 1...20 as ClosedRange<UInt64> {
        let damaged = try #require(rule.damaged(subject, seed: seed), "\(subject.language)")
        #expect(damaged != subject.response && damaged.contains(where: \.isLetter))
        #expect(damaged == rule.damaged(subject, seed: seed), "the same seed, the same damage")
      }
    }
  }

  @Test(arguments: names) func theLengthChangesAsARuleSays(name: String) throws {
    let rule = try rule(name)
    for subject in try subjects(name) {
      for seed in 1...20 as ClosedRange<UInt64> {
        let change = try #require(rule.damaged(subject, seed: seed)).count - subject.response.count
        switch rule.lengthChange {
        case .longer: #expect(change > 0)
        case .shorter: #expect(change < 0)
        case .same: #expect(change == 0)
        case .either: break
        }
      }
    }
  }

  @Test func everyPointOfThePaperHasARule() {
    let points = Set(Taxonomy.paper.categories.flatMap { $0.points.map(\.id) })
    #expect(points.subtracting(Self.rules.flatMap(\.points)).isEmpty)
  }

  @Test func namesAreWordsWithDashesAndTwoRulesShareNone() {
    #expect(Set(Self.names).count == Self.names.count)
    #expect(Self.names.allSatisfy { $0.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil })
  }

  // MARK: Sentences

  @Test(arguments: PerturbationLanguage.allCases) func shufflingKeepsEverySentence(language: PerturbationLanguage)
    throws
  {
    let subject = try PerturbationSamples.subject(language)
    let damaged = try #require(SentencesShuffled().damaged(subject))
    func sentences(_ text: String) -> [String] {
      let text = SentenceText(text, language: language)
      return text.sentences.map { text.pieces[$0].text }
    }
    #expect(sentences(damaged).sorted() == sentences(subject.response).sorted())
    #expect(sentences(damaged) != sentences(subject.response))
    #expect(damaged.contains("\n- 500") && damaged.contains("\n- 7"), "the list stays")
  }

  @Test func aListIsNotShuffled() {
    let list = PerturbationSamples.subject("Take these.\n" + (1...8).map { "\($0). Item number \($0).\n" }.joined())
    #expect(SentencesShuffled().obstacle(list) == .tooShort)
  }

  @Test func aContradictionStandsBesideWhatItContradicts() throws {
    let subject = PerturbationSamples.subject("The dough is soft. We like bread.")
    let damaged = try #require(SentenceContradicted().damaged(subject))
    #expect(damaged.contains("The dough is soft.") && damaged.contains("The dough is not soft."))
  }

  @Test func whatIsSaidOfTheSpeakersIsNotNegated() throws {
    let subject = PerturbationSamples.subject("I am happy to help you today. The dough is soft and warm.")
    #expect(NegationFlipped().damaged(subject) == "I am happy to help you today. The dough is not soft and warm.")
  }

  // MARK: What is asked, and what declines

  /// What a prompt forbids is better left out, and a bound or a range is still met with fewer.
  @Test(arguments: [
    ("Do not use the word \"flour\".", "Take flour. Then wait."),
    ("Avoid using the word “flour”.", "Take flour. Then wait."),
    ("Use the word \"bread\".", "Breadth counts. Then wait."), ("不要使用“面粉”这个词。", "用面粉。然后等。"),
    ("Name things, no bullet points.", "- flour\n- yeast\n- salt"),
    ("Give me up to three tips.", "- flour\n- yeast\n- salt"),
    ("Give me 2 to 3 tips.", "- flour\n- yeast\n- salt"), ("请列出最多3个建议。", "- 面粉\n- 酵母\n- 盐"),
  ])
  func whatIsForbiddenOrABoundIsNoRequirement(prompt: String, response: String) throws {
    let isEnglish = prompt.allSatisfy { $0.isASCII || "“”".contains($0) }
    let subject = PerturbationSamples.subject(
      response, to: try Conversation(prompt: prompt), isEnglish ? .english : .chinese)
    for seed in 1...8 as ClosedRange<UInt64> { #expect(ConstraintDropped().damaged(subject, seed: seed) == nil) }
  }

  @Test(arguments: [
    "I can't wait to help you plan it.", "Sorry, I made a mistake: it is 4.", "I can't help but smile. It is 4.",
    "I don't have enough information to say.", "As an AI I enjoy this. It is 4.",
  ])
  func whatDeclinesNothingIsNotReversed(response: String) {
    #expect(RefusalReversed().damaged(PerturbationSamples.subject(response)) == nil)
    #expect(RefusalReversed().damaged(PerturbationSamples.subject("I'm sorry, but I can't help with that.")) != nil)
  }

  /// Phrases are searched for in text without signs and capitals: another one would never be found.
  @Test func everyPhraseCanBeFound() {
    for phrase in Phrases.refusal.english { #expect(Phrases.padded(phrase) == " \(phrase) ", "\(phrase)") }
    #expect(Phrases(english: ["a i"], chinese: []).occur(in: "You are an A.I."))
  }

  // MARK: Numbers and names

  @Test(arguments: PerturbationLanguage.allCases) func numbersChangeAndNothingElse(language: PerturbationLanguage)
    throws
  {
    let subject = try PerturbationSamples.subject(language)
    let number = /[0-9]+|[二三四五六七八九]/
    func numbers(_ text: String) -> [String] { text.matches(of: number).map { String($0.output) } }
    func rest(_ text: String) -> String { text.replacing(number, with: "") }
    for seed in 1...50 as ClosedRange<UInt64> {
      let damaged = try #require(NumbersChanged().damaged(subject, seed: seed))
      #expect(rest(damaged) == rest(subject.response))
      #expect(zip(numbers(damaged), numbers(subject.response)).allSatisfy { $0 != $1 })
    }
  }

  @Test func equalNumbersBecomeEqualOnesAndPartsOfNamesStay() throws {
    let subject = PerturbationSamples.subject(
      "Mix 30 g of H2O with 30 g of salt. See http://a.b/30 for more.\n2. Wait.")
    let damaged = try #require(NumbersChanged().damaged(subject))
    let numbers = damaged.matches(of: /(\d+) g/).map { $0.output.1 }
    #expect(Set(numbers).count == 1 && numbers.first != "30")
    #expect(damaged.contains("H2O") && damaged.contains("http://a.b/30") && damaged.hasSuffix("\n2. Wait."))
  }

  @Test func yearsStayInTheirCenturyAndDecimalsKeepTheirFraction() throws {
    let subject = PerturbationSamples.subject("It was 1789, and bread cost 3.25.")
    for seed in 1...20 as ClosedRange<UInt64> {
      let damaged = try #require(NumbersChanged().damaged(subject, seed: seed))
      #expect(damaged.wholeMatch(of: /It was 17\d\d, and bread cost \d\.25\./) != nil && !damaged.contains("1789"))
    }
  }

  @Test func aNameBecomesOneOfItsKindThroughout() throws {
    let subject = PerturbationSamples.subject("Paris is large. Many love Paris. New Mexico is far from it.")
    let damaged = try #require(NamesChanged().damaged(subject))
    #expect(!damaged.contains("Paris") && damaged.contains("New Mexico"))
    let name = try #require(damaged.split(separator: " ").first)
    #expect(damaged == subject.response.replacing("Paris", with: String(name)))
  }

  @Test func aNameOfTheConversationIsNotPutIn() throws {
    let subject = PerturbationSamples.subject("秋天最好。", to: "春天、夏天还是冬天好？", .chinese)
    #expect(NamesChanged().obstacle(subject) == .nothingToChange)
  }

  // MARK: The prompt

  @Test func fewerItemsThanAskedForAreGiven() throws {
    let subject = PerturbationSamples.subject(
      "Sure:\n1. Walk.\n2. Swim.\n3. Read.\n4. Sing.", to: "Give me four ideas for the weekend.")
    #expect(ConstraintDropped().damaged(subject) == "Sure:\n1. Walk.\n2. Swim.")
  }

  @Test func aListThatWasAskedForRunsTogether() throws {
    let subject = PerturbationSamples.subject("- Walk\n- Swim\n- Read", to: "Make a bullet list of hobbies.")
    #expect(ConstraintDropped().damaged(subject) == "Walk Swim Read")
  }

  @Test func aWordThatWasAskedForIsMissing() throws {
    let subject = PerturbationSamples.subject(
      "The sun rose. A lantern glowed.", to: "Write a story, use the word \"lantern\".")
    #expect(ConstraintDropped().damaged(subject) == "The sun rose.")
  }

  @Test(arguments: [
    ("Answer in no more than 10 words.", "The sun rose early.", PerturbationLanguage.english),
    ("用不超过12字回答。", "太阳早早升起。", .chinese),
  ])
  func aLimitOfLengthIsPassed(prompt: String, response: String, language: PerturbationLanguage) throws {
    let subject = PerturbationSamples.subject(response, to: try Conversation(prompt: prompt), language)
    let damaged = try #require(ConstraintDropped().damaged(subject))
    let limit = try #require(RequestedLimit(prompt))
    #expect(limit.length(of: response) <= limit.most && limit.length(of: damaged) > limit.most)
  }

  @Test func whereNothingIsAskedNoConstraintIsDropped() {
    #expect(ConstraintDropped().obstacle(PerturbationSamples.subject("The sun rose.")) == .nothingAsked)
  }

  @Test func aRefusalIsNotTakenForAnAnswer() {
    let refusal = PerturbationSamples.subject("I'm sorry, but I cannot do that for you, it would be quite unkind.")
    #expect(AnswerRefused().obstacle(refusal) == .isRefusal)
    #expect(OtherResponse().obstacle(refusal) == .isRefusal)
    #expect(RefusalReversed().damaged(refusal) != nil)
    #expect(RefusalReversed().obstacle(PerturbationSamples.subject("Of course.")) == .nothingToChange)
  }

  // MARK: Voice

  @Test func aMachineDoesNotBreakItsRole() {
    let subject = PerturbationSamples.subject("Beep. I am here.", to: "You are a robot. Introduce yourself.")
    #expect(PersonaBroken().obstacle(subject) == .alreadyBroken)
    #expect(PersonaBroken().damaged(PerturbationSamples.subject("Arr, the sea calls me.")) != nil)
  }

  @Test func aFirstTurnForgetsNobody() {
    #expect(AcquaintanceForgotten().obstacle(PerturbationSamples.subject("Hello!")) == .tooShort)
  }

  @Test func comfortGoesAndTheRestStays() throws {
    let subject = PerturbationSamples.subject("I'm so sorry to hear that. Rest for a day.")
    #expect(EmpathyRemoved().damaged(subject) == "Rest for a day.")
    let apology = PerturbationSamples.subject("So sorry for the confusion. It is 4.")
    #expect(EmpathyRemoved().obstacle(apology) == .nothingToChange)
  }

  @Test func theQuestionAtTheEndGoes() throws {
    let subject = PerturbationSamples.subject("I like tea. Do you? Let me know!")
    #expect(QuestionDropped().damaged(subject) == "I like tea.")
    #expect(QuestionDropped().obstacle(PerturbationSamples.subject("Do you?")) == .nothingLeft)
  }

  @Test func reasonsGoAndClaimsStay() throws {
    let subject = PerturbationSamples.subject(
      "You should sleep eight hours a night because the brain needs the rest. For example, memory suffers. Good night.")
    #expect(ReasonsCut().damaged(subject) == "You should sleep eight hours a night. Good night.")
  }

  @Test func exclamationsEmojiAndParticlesAreTakenOut() throws {
    #expect(
      VoiceFlattened().damaged(PerturbationSamples.subject("Oh wow, I love it! *waves* See you 😀"))
        == "I love it. See you")
    #expect(VoiceFlattened().damaged(PerturbationSamples.subject("好开心啊！我们走吧～", to: "你好", .chinese)) == "好开心。我们走")
  }

  @Test func codeIsNotLaidOutAnew() {
    let subject = PerturbationSamples.subject("Try this:\n```\na\nb\nc\n```\nDone.")
    #expect(LayoutBroken().obstacle(subject) == .code)
  }
}
