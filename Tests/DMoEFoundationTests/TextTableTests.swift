@_spi(Command) import DMoEFoundation
import Testing

@Suite struct TextTableTests {
  @Test func theFirstColumnIsFlushLeftAndTheOthersRight() {
    var table = TextTable(header: ["name", "count"])
    table.append(["角色", "7"])
    table.append(["two\nlines\u{1B}[2J", "1234567"])
    table.append(["short"])
    #expect(
      table.rendered().split(separator: "\n") == [
        "name            count", "────────────  ───────", "角色                7", "two lines[2J  1234567", "short",
      ])
  }

  @Test func onlyTheFirstColumnGivesWay() {
    var table = TextTable(header: ["name", "value"])
    table.append(["a name that is rather long", "12345"])
    #expect(table.rendered(width: 20).split(separator: "\n").last == "a name that …  12345")
    // Never less than 8 columns, whatever the terminal.
    #expect(table.rendered(width: 3).split(separator: "\n").last == "a name …  12345")
    let narrow = table.lines(TextTable.Layout(width: 3, leavesOutColumns: true))
    #expect(narrow[0] == "name               value", "a third of it goes at most where columns may be left out")
  }

  @Test func durationsReadAsClocks() {
    #expect(DurationText.clock(7.4) == "0:07" && DurationText.clock(726) == "12:06")
    #expect(DurationText.clock(3723) == "1:02:03" && DurationText.clock(59.6) == "1:00")
    #expect(DurationText.clock(.infinity) == "-:--" && DurationText.clock(-1) == "-:--")
  }
}
