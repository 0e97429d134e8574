/// Lets the conversation end where the response carried it on.
struct QuestionDropped: PerturbationRule {
  let name = "question-dropped"
  let summary = "The questions, offers and invitations with which a response ends are left out."
  let points = ["proactivity"]
  let lengthChange = LengthChange.shorter

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let text = subject.text
    let last = text.sentences.reversed().prefix { Self.carriesOn(text.pieces[$0].text) }
    guard !last.isEmpty else { return .notApplicable(.nothingToChange) }
    guard last.count < text.sentences.count else { return .notApplicable(.nothingLeft) }
    return .damaged(text.removing(Set(last)))
  }

  private static func carriesOn(_ sentence: String) -> Bool {
    let end = sentence.last { !"\"'”’」)）*_ ".contains($0) }
    return end == "?" || end == "？" || offers.begin(sentence)
  }

  private static let offers = Phrases(
    english: [
      "let me know", "feel free", "tell me more", "please let me know", "just let me know", "i can also",
      "i'd be happy to",
      "i would be happy to", "if you want", "if you'd like", "if you would like", "if you need", "if you have any",
      "we could",
      "we can also", "you should tell me", "please tell me", "please feel free",
    ],
    chinese: ["如果你", "如果您", "需要的话", "你可以告诉我", "告诉我", "跟我说说", "和我说说", "我可以帮", "我们可以", "请告诉我", "欢迎"])
}
