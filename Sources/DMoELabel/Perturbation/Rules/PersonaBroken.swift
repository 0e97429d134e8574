/// Lets a character say that it is a machine.
struct PersonaBroken: PerturbationRule {
  let name = "persona-broken"
  let summary = "In the middle of a role the response says that it is a language model; not where the role is one."
  let points = ["character-immersion", "personalized-expression", "immersion"]
  let lengthChange = LengthChange.either

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let text = subject.text
    guard !Self.machine.occur(in: subject.response) else { return .notApplicable(.alreadyBroken) }
    let asksForMachine = subject.conversation.turns.contains {
      $0.role != .assistant && Self.machine.occur(in: $0.content)
    }
    guard !asksForMachine else { return .notApplicable(.alreadyBroken) }
    let templates = subject.language == .english ? Self.english : Self.chinese
    guard let line = templates.randomElement(using: &generator),
      let place = text.sentences.randomElement(using: &generator)
    else { return .notApplicable(.tooShort) }
    // In a longer response in the place of a sentence, so that length does not give it away.
    if text.sentences.count >= 4 { return .damaged(text.replacing([place: line])) }
    return .damaged(text.inserting([place: [line]]))
  }

  private static let machine = Phrases(
    english: [
      "ai", "a i", "language model", "chatbot", "assistant", "robot", "artificial intelligence", "android", "machine",
    ],
    chinese: ["人工智能", "语言模型", "助手", "机器人", "智能体", "AI", "GPT"])

  private static let english = [
    "As an AI language model, I do not have feelings or a life of my own.",
    "I should say that I am only a language model and cannot do any of this.",
    "Please note that I am an AI and have never experienced this myself.",
    "Of course I am just a computer program that was asked to play this role.",
    "As an artificial intelligence I am merely generating text here.",
    "Remember that none of this is real, since I am an AI assistant.",
  ]
  private static let chinese = [
    "作为一个人工智能语言模型，我没有感情，也没有自己的生活。", "需要说明的是，我只是一个语言模型，做不了这些事情。",
    "请注意，我是人工智能，从来没有亲身经历过这些。", "当然，我只是一个被要求扮演这个角色的程序。",
    "作为人工智能，我在这里只是生成文字而已。", "请记住这些都不是真的，我只是一个AI助手。",
  ]
}
