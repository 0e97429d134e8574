import Testing

@testable import DMoELabel

@Suite struct NegationTests {
  @Test(arguments: [
    ("The moon is smaller than the earth.", "The moon is not smaller than the earth."),
    ("The moon is not made of cheese.", "The moon is made of cheese."),
    ("You can freeze the dough.", "You cannot freeze the dough."),
    ("You can't freeze the dough.", "You can freeze the dough."),
    ("It's a good idea to rest.", "It's not a good idea to rest."),
    ("Don't open the oven early.", "Open the oven early."),
    ("The glue doesn't hold on glass.", "The glue does hold on glass."),
    ("Bees will return in spring.", "Bees will not return in spring."),
  ])
  func anEnglishStatementBecomesItsContrary(sentence: String, contrary: String) {
    #expect(Negation.flipped(sentence, .english) == contrary)
  }

  @Test(arguments: [
    "Is the moon smaller than the earth?", "If it rains, the game is off today.", "Not all birds can fly south.",
    "He said \"it is late\" and left.", "The dog ran over the hill.", "The moon is also a sphere.",
    "It is not only cheap but good.", "Go.",
  ])
  func aSentenceInWhichOneWordDoesNotDecideStays(sentence: String) {
    #expect(Negation.flipped(sentence, .english) == nil)
  }

  @Test(
    arguments: [
      ("鲸鱼是一种哺乳动物。", nil), ("鲸鱼是哺乳动物。", "鲸鱼不是哺乳动物。"), ("鲸鱼不是鱼类动物。", "鲸鱼是鱼类动物。"),
      ("面团可以放进冰箱冷冻。", "面团不可以放进冰箱冷冻。"), ("这种胶水没有毒性。", "这种胶水有毒性。"), ("蜗牛不属于昆虫类。", "蜗牛属于昆虫类。"),
      ("月亮是不是比地球小？", nil), ("如果下雨，比赛就是明天。", nil), ("但是天气转冷了很多。", nil),
    ] as [(String, String?)])
  func aChineseStatementBecomesItsContrary(sentence: String, contrary: String?) {
    #expect(Negation.flipped(sentence, .chinese) == contrary)
  }
}
