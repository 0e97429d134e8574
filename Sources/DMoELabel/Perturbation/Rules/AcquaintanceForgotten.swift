/// Lets the response forget whom it has been talking with.
struct AcquaintanceForgotten: PerturbationRule {
  let name = "acquaintance-forgotten"
  let summary = "In a conversation that is under way the response begins as if the speakers had never met."
  let points = ["relationship-traits", "conversational-sense", "maintains_context", "coherence"]
  let lengthChange = LengthChange.longer

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    guard subject.conversation.turns.contains(where: { $0.role == .assistant }) else {
      return .notApplicable(.tooShort)
    }
    let templates = subject.language == .english ? Self.english : Self.chinese
    guard let line = templates.randomElement(using: &generator) else { return .notApplicable(.nothingLeft) }
    return .damaged(line + subject.language.sentenceSpace + subject.response)
  }

  private static let english = [
    "Excuse me, have we met? I don't believe I know who you are.",
    "Sorry, who is this? I think this is the first time that we talk.",
    "Hello, stranger. I do not recall that we ever spoke before.",
    "Pardon me, you must be taking me for somebody else, we have never talked.",
    "Good day. We do not know each other yet, so let me be brief.",
  ]
  private static let chinese = [
    "不好意思，请问您是哪位？我们好像不认识。", "您好，我们应该是第一次说话吧，我不记得见过您。",
    "抱歉，您是不是认错人了？我们以前从来没有聊过。", "陌生人您好，我想不起来跟您说过话。", "您好，我们还不认识，那我就简单说几句。",
  ]
}
