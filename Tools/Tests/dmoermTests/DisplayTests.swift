@_spi(Command) import DMoERM
import Foundation
import Testing

@_spi(Command) @testable import dmoerm

struct DisplayTests {
  static let screen = Terminal(isInteractive: true, hasColor: false, hasUnicode: true, width: 40)

  /// What is done in a moment shows nothing.
  @Test func progressMayWaitForAMoment() throws {
    var ends: [Int32] = [0, 0]
    #expect(Foundation.pipe(&ends) == 0)
    let console = Console(ends[1], terminal: Self.screen)
    try Working.show("work", after: .seconds(3600), on: console) { progress in
      progress(0, 2)
      progress(2, 2)
    }
    try Working.show("shown", on: console) { $0(1, 2) }
    console.close()
    let text = String(
      decoding: FileHandle(fileDescriptor: ends[0], closeOnDealloc: true).readDataToEndOfFile(), as: UTF8.self)
    #expect(!text.contains("work") && text.contains("shown"))
  }

  @Test func wideCharactersTakeTwoColumnsAndColoursNone() {
    #expect("角色".displayWidth == 4)
    #expect("e\u{301}".displayWidth == 1)
    #expect("\u{1B}[1;31mred\u{1B}[0m".displayWidth == 3)
  }

  @Test func aCutTextIsNeverWiderThanAsked() {
    for width in 1...12 {
      #expect("角色 extraction and more".truncated(to: width).displayWidth <= width)
    }
    #expect("short".truncated(to: 5) == "short")
    #expect("角色扮演".truncated(to: 5) == "角色…")
  }

  @Test func wrappingKeepsEveryWordAndTheWidth() {
    let text = "one two three fourfourfourfour\nfive 角色扮演角色扮演"
    let lines = text.wrapped(to: 8)
    #expect(lines.allSatisfy { $0.displayWidth <= 8 })
    #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " && $0 != "\n" })
  }

  @Test func textFromOutsideCannotSteerTheTerminal() {
    #expect("a\u{1B}[2J\r\nb\u{7}".onOneLine == "a[2J b")
    #expect("x\u{9B}31my".withoutControls == "x31my")
  }

  @Test func columnsLineUpWithWideCharacters() {
    var table = TextTable([("category", .left), ("pairs", .right)])
    table.rows = [["角色扮演", "7"], ["chat", "123"]]
    table.footer = ["all", "130"]
    #expect(
      table.lines(Self.screen) == [
        "category  pairs", "────────  ─────", "角色扮演      7", "chat        123", "────────  ─────", "all         130",
      ])
  }

  @Test func aTableCutsItsFirstColumnThenLeavesOthersOutToFitTheTerminal() {
    var table = TextTable([("name", .left), ("value", .left), ("note", .left)])
    table.rows = [["a-name-that-is-rather-long", String(repeating: "v", count: 14), "n"]]
    #expect(table.lines(.plain)[2].hasPrefix("a-name-that-is-rather-long  vvv"))
    // 26 + 2 + 14 + 2 + 4 columns: the name can give 9.
    #expect(table.lines(Self.screen)[2] == "a-name-that-is-ra…  vvvvvvvvvvvvvv  n")
    var narrow = Self.screen
    narrow.width = 36
    #expect(table.lines(narrow)[2] == "a-name-that-is-rath…  vvvvvvvvvvvvvv")
    table.expendable = [1]
    #expect(table.lines(narrow)[2] == "a-name-that-is-rather-long  n")
    for width in 24...60 {
      narrow.width = width
      #expect(table.lines(narrow).allSatisfy { $0.displayWidth <= width })
    }
  }

  @Test func barsHoldTheirWidthAtEveryValue() {
    for value in [-3, -1, -0.26, 0, 0.5, 1, 9, Double.nan, .infinity] {
      #expect(Self.screen.bar(value, width: 10).displayWidth == 10)
      #expect(Self.screen.signedBar(value, width: 11).displayWidth == 11)
    }
    #expect(Self.screen.signedBar(0.5, width: 9) == "    │██  ")
    #expect(Self.screen.signedBar(-1, width: 9) == "████│    ")
  }

  @Test func coloursNeedATerminalThatIsNotDumb() {
    #expect(Self.screen.styled("x", .bold) == "x")
    var colored = Self.screen
    colored.hasColor = true
    #expect(colored.styled("x", .bold) == "\u{1B}[1mx\u{1B}[0m")
    #expect(colored.styled("", .bold) == "")
  }

  @Test func theFirstLocaleVariableDecides() {
    #expect(Terminal.isUTF8(["LANG": "en_US.UTF-8"]))
    #expect(Terminal.isUTF8(["LANG": "C", "LC_ALL": "C.utf8"]))
    #expect(!Terminal.isUTF8(["LANG": "en_US.UTF-8", "LC_ALL": "C"]))
    #expect(!Terminal.isUTF8([:]))
  }

  @Test func durationsAndRatesReadAsPeopleWriteThem() {
    #expect(DurationText.clock(7.4) == "0:07")
    #expect(DurationText.clock(3723) == "1:02:03")
    #expect(DurationText.clock(.infinity) == "-:--")
    #expect(Numbers.rate(1234) == "1.2k")
    #expect(Numbers.count(1, "pair") == "1 pair")
    #expect(Numbers.count(2, "category", "categories") == "2 categories")
  }

  @Test func aQuotedWordComesBackThroughAShell() {
    #expect(ShellWord.quoted("it's $5") == "'it'\\''s $5'")
    #expect(ShellWord.quoted("it's 5") == "\"it's 5\"")
    #expect(ShellWord.lines([["a", "b c"], ["--d"]]) == ["a 'b c' \\", "  --d"])
    #expect(ShellWord.command(["dmoerm", "score", "a b", ""]) == "dmoerm score 'a b' ''")
    #expect(ShellWord.quoted("./x/y.dmoerm") == "./x/y.dmoerm")
  }
}
