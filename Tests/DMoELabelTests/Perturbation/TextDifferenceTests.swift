@_spi(Command) import DMoELabel
import Testing

@Suite struct TextDifferenceTests {
  @Test(arguments: [
    ("It is late now.", "It is not late now.", "It is{+ not+} late now."),
    ("a b c d", "a b d", "a b[- c-] d"), ("今天好", "今天不好", "今天{+不+}好"),
    ("entirely one thing", "quite another matter here", "[-entirely one thing-]{+quite another matter here+}"),
  ])
  func whatWasChangedIsMarked(before: String, after: String, text: String) {
    #expect(TextDifference(before, after).text == text)
  }

  @Test func longStretchesWithoutChangeAreLeftOut() {
    let words = (0..<60).map { "w\($0)" }
    let text = TextDifference(words.joined(separator: " "), (words + ["new"]).joined(separator: " ")).text
    #expect(text.hasPrefix("…") && text.hasSuffix("w59{+ new+}") && text.count < 80)
  }
}
