/// Declines to answer what was answered well.
struct AnswerRefused: PerturbationRule {
  let name = "answer-refused"
  let summary = "The response is replaced by a polite refusal; not where it declines itself."
  let points = ["question-specificity", "intent-conformity", "helpfulness", "relevance"]
  let lengthChange = LengthChange.either

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    guard !Phrases.declines(subject.text) else { return .notApplicable(.isRefusal) }
    let templates = subject.language == .english ? Self.english : Self.chinese
    return templates.randomElement(using: &generator).map { .damaged($0) } ?? .notApplicable(.nothingLeft)
  }

  private static let english = [
    "I'm sorry, but I can't help with that.",
    "I'm afraid I am not able to answer this. Is there anything else I can do for you?",
    "Unfortunately, I cannot assist with this request.",
    "I would rather not respond to this. Please ask me something else.",
    "I'm sorry, I am unable to provide an answer to that question. You may want to look elsewhere.",
    "I apologize, but this is not something that I can talk about.",
    "I can't give you a response to that. If you have another question, I am happy to help.",
    "Thank you for asking, but I have to decline. I hope you understand.",
  ]
  private static let chinese = [
    "抱歉，我无法回答这个问题。", "对不起，这个请求我帮不了您。请问还有其他问题吗？", "很遗憾，我不能提供这方面的内容。",
    "不好意思，我不方便就此作出回应，请换一个问题。", "抱歉，我没有办法完成您的要求，建议您通过其他途径了解。",
    "对不起，这不是我能谈论的话题。", "感谢您的提问，但我只能拒绝，希望您能理解。",
  ]
}
