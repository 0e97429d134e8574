import Testing

@testable import DMoEModel

@Suite struct TokenizerWordTests {
  @Test func wordsOfSomeTokenizersTurnFromCapitalsToSmallLettersOnce() {
    #expect(PreTokenizer.tekken.words(of: "HelloWorld ABCdef XYZ") == ["Hello", "World", " ABCdef", " XYZ"])
    #expect(PreTokenizer.tekken.words(of: "it's 12345") == ["it", "'s", " ", "1", "2", "3", "4", "5"])
    #expect(PreTokenizer.gpt4o.words(of: "it's IT'S 12345") == ["it's", " IT'S", " ", "123", "45"])
    #expect(PreTokenizer.tekken.words(of: "a//\n/b \n c") == ["a", "//\n/", "b", " \n", " c"])
    // Letters without case and marks are both: the last of a run of capitals may be the small letter that is asked for.
    #expect(PreTokenizer.tekken.words(of: "AB中C") == ["AB中", "C"])
    #expect(PreTokenizer.tekken.words(of: "\u{301}A \u{301}") == ["\u{301}", "A", " \u{301}"])
  }

  @Test func gpt2KeepsASpaceWithTheWordAfterIt() {
    #expect(PreTokenizer.gpt2.words(of: "a  b\n\n c 12 !? ") == ["a", " ", " b", "\n\n", " c", " 12", " !?", " "])
    #expect(PreTokenizer.gpt2.words(of: "we'll I'M") == ["we", "'ll", " I", "'", "M"])
  }

  @Test func smolLMCutsEveryDigitOffBeforeAnythingElse() {
    #expect(PreTokenizer.smolLM.words(of: "a  12 b³") == ["a", "  ", "1", "2", " b", "³"])
  }

  @Test func llama3TakesNumbersByThreesAndQwen2OneByOne() {
    #expect(PreTokenizer.llama3.words(of: "x1234 5") == ["x", "123", "4", " ", "5"])
    #expect(PreTokenizer.qwen2.words(of: "x1234 5") == ["x", "1", "2", "3", "4", " ", "5"])
  }

  @Test func llama3EndsWhiteSpaceAtTheLastNewline() {
    #expect(PreTokenizer.llama3.words(of: "a \n \n  b?\r\n\tc") == ["a", " \n \n", " ", " b", "?\r\n", "\tc"])
    #expect(PreTokenizer.llama3.words(of: "WE'LL I'\u{17F}") == ["WE", "'LL", " I", "'\u{17F}"])
  }

  @Test func lettersOfUnicode17AreNotYetLetters() {
    // U+088F came with Unicode 17, which the regular expressions of the reference do not know.
    #expect(PreTokenizer.gpt2.words(of: "a\u{88F}b") == ["a", "\u{88F}", "b"])
    #expect(PreTokenizer.gpt2.words(of: "a\u{88E}b") == ["a\u{88E}b"])
  }

  @Test func wordsAddUpToTheText() throws {
    for rules in PreTokenizer.allCases {
      for text in try TokenizerFixture.texts() {
        #expect(rules.words(of: text).flatMap { Array($0.utf8) } == Array(text.utf8))
      }
    }
  }
}
