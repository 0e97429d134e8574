import Testing

@testable import DMoELabel

@Suite struct SentenceTextTests {
  private func sentences(_ text: String, _ language: PerturbationLanguage = .english) -> [String] {
    let split = SentenceText(text, language: language)
    return split.sentences.map { split.pieces[$0].text }
  }

  private static let page = """
    # Making tea

    Dr. Lee boils 0.5 l of water, e.g. in a kettle. Is it hot?  "Yes!" she says.
    Steps:
    1. Warm the pot. Pour the water away.
    2. Add 3.5 spoons of leaves.
    \t- a detail
    | a | b |
    ```
    let x = 1. print(x)
    ```
    Enjoy it!
    """

  @Test(arguments: [page, "", "  ", "a\r\nb\n\n", "好。好！\n- 一\n- 二", "no end"])
  func thePiecesAreTheTextByteByByte(text: String) {
    for language in PerturbationLanguage.allCases {
      #expect(Array(SentenceText(text, language: language).text.utf8) == Array(text.utf8))
    }
  }

  @Test func headingsListMarksTablesAndCodeAreNoSentences() {
    #expect(
      sentences(Self.page) == [
        "Dr. Lee boils 0.5 l of water, e.g. in a kettle.", "Is it hot?", "\"Yes!\"", "she says.", "Warm the pot.",
        "Pour the water away.", "Add 3.5 spoons of leaves.", "a detail", "Enjoy it!",
      ])
  }

  @Test func chineseSentencesNeedNoSpaceBetweenThem() {
    #expect(
      sentences("他说：“走吧！”我们就走了。你呢？还有3.5公里，不远。", .chinese) == [
        "他说：“走吧！”", "我们就走了。", "你呢？", "还有3.5公里，不远。",
      ])
  }

  @Test func linesThatAreCutTakeTheirMarksAndLaterNumbersMoveUp() {
    let text = SentenceText("Do this:\n1. One.\n2. Two. More.\n3. Three.\n\nEnd.", language: .english)
    let two = text.sentences.filter { ["Two.", "More."].contains(text.pieces[$0].text) }
    #expect(text.removing(Set(two)) == "Do this:\n1. One.\n2. Three.\n\nEnd.")
    #expect(text.removing([two[0]]) == "Do this:\n1. One.\n2. More.\n3. Three.\n\nEnd.")
  }

  @Test func whatIsPutInStandsBehindItsSentence() {
    let text = SentenceText("One. Two.", language: .english)
    #expect(text.inserting([text.sentences[0]: ["New."]]) == "One. New. Two.")
    let chinese = SentenceText("一。二。", language: .chinese)
    #expect(chinese.inserting([chinese.sentences[1]: ["新。"]]) == "一。二。新。")
  }

  @Test(
    arguments: [
      ("The cat sat on the mat, and it was warm.", nil, PerturbationLanguage.english), ("猫坐在垫子上。", nil, .chinese),
      ("The cat is here.", "zh", .english), ("我用 Python 写程序。", "en", .chinese),
      ("Oregano, thyme, sage", "en", .english),
    ] as [(String, String?, PerturbationLanguage)])
  func theScriptDecidesTheLanguage(text: String, tag: String?, language: PerturbationLanguage) {
    #expect(PerturbationLanguage(of: text, tag: tag) == language)
  }

  @Test(
    arguments: [
      ("Die Katze sitzt auf der Matte.", nil), ("Кошка сидит на коврике.", nil), ("ねこはマットの上に座った。", nil),
      ("猫", "ja"), ("12 34", nil), ("Le chat est ici, il dort.", "fr"),
      ("Die Katze sitzt auf der Matte und schläft.", "en"),
    ] as [(String, String?)])
  func otherLanguagesAreNone(text: String, tag: String?) {
    #expect(PerturbationLanguage(of: text, tag: tag) == nil)
  }
}
