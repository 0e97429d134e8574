import DMoEData
import DMoEFoundation

@testable import DMoELabel

/// Texts of our own that rules are tried on.
enum PerturbationSamples {
  /// In English: prose, a list, numbers, names, feelings, an offer.
  static let english = """
    I'm sorry to hear that, that sounds hard! Bread is made in 4 steps, and it takes 90 minutes because the dough has to \
    rest. The oven is heated to 220 degrees. Bakers in Paris and Vienna use the same flour. You can freeze the dough.

    Here is what you need:
    - 500 grams of flour
    - 7 grams of yeast
    - a magnificent, enormous and ancient bowl

    Oh wow, it smells so good! It should not rest in the sun. Let me know how it went!
    """

  /// The same in Chinese.
  static let chinese = """
    听到这个我很心疼，你一定很难受吧！面包的制作分4步，一共需要90分钟，因为面团要静置。烤箱要加热到220度。北京和上海的师傅用三种面粉。面团可以冷冻保存。

    需要准备：
    - 500克面粉
    - 7克酵母
    - 一个壮丽、宏伟又精致的碗

    哇，闻起来真香啊！面团不能放在太阳下。告诉我做得怎么样吧！
    """

  static let prompt =
    "List 3 things that I need for bread. Use the word “flour”, at most 120 words. I feel so sad today."
  static let chinesePrompt = "请列出3个做面包要用的东西，使用“面粉”这个词，不超过500字。我今天很难过。"

  static let otherEnglish =
    "The bridge over the river was closed last week, so the bus now goes through the old town instead."
  static let otherChinese = "河上的桥上周封了，所以公交车现在改从老城区走，下车的地方也变了。"

  /// A subject that most rules apply to, in a conversation that is under way.
  static func subject(_ language: PerturbationLanguage) throws -> PerturbationSubject {
    let isEnglish = language == .english
    return PerturbationSubject(
      response: isEnglish ? english : chinese,
      to: try Conversation([
        .user(isEnglish ? "Hello" : "你好"), .assistant(isEnglish ? "Hi there" : "你好呀"),
        .user(isEnglish ? prompt : chinesePrompt),
      ]), language: language, category: "chat", otherResponses: [isEnglish ? otherEnglish : otherChinese])
  }

  static func subject(
    _ response: String, to prompt: Conversation = "Hello", _ language: PerturbationLanguage = .english
  )
    -> PerturbationSubject
  {
    PerturbationSubject(response: response, to: prompt, language: language)
  }
}

extension PerturbationRule {
  /// The damaged text; nil if the rule does not apply.
  func damaged(_ subject: PerturbationSubject, seed: UInt64 = 1) -> String? {
    var generator = RandomSource(seed: seed)
    guard case .damaged(let text) = perturb(subject, using: &generator) else { return nil }
    return text
  }

  func obstacle(_ subject: PerturbationSubject) -> PerturbationObstacle? {
    var generator = RandomSource(seed: 1)
    guard case .notApplicable(let obstacle) = perturb(subject, using: &generator) else { return nil }
    return obstacle
  }
}
