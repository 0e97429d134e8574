import Testing

@testable import DMoEData

@Suite struct GroupedShareTests {
  @Test func casesOfTheirOwnGroupHaveWilsonsInterval() {
    var share = GroupedShare()
    for group in 0..<10 { share.add(group < 8 ? 1 : 0, group: group) }
    // 0.8 · 0.2 / (10 · (0.8 · 0.2² + 0.2 · 0.8²) / 10²) = 10.
    #expect(abs(share.independent - 10) < 1e-9)
    let wilson = Proportion(successes: 8, total: 10).interval
    #expect(abs(share.interval.lowerBound - wilson.lowerBound) < 1e-9)
    #expect(abs(share.interval.upperBound - wilson.upperBound) < 1e-9)
  }

  @Test func casesThatGoTogetherAreWorthAsManyAsTheirGroups() {
    var share = GroupedShare()
    for group in 0..<4 {
      for _ in 0..<5 { share.add(group < 3 ? 1 : 0, group: group) }
    }
    // Each group deviates by 5 · (±) / 20: 3 · (0.25 / 4)² + (0.75 / 4)² = 0.046875, and 0.1875 / 0.046875 = 4.
    #expect(abs(share.independent - 4) < 1e-9)
    #expect(share.proportion.successes == 15 && share.proportion.total == 20 && share.groupCount == 4)
  }

  @Test func whereAllAreEqualTheGroupsAreCounted() {
    var share = GroupedShare()
    for group in 0..<3 {
      for _ in 0..<4 { share.add(1, group: group) }
    }
    #expect(share.independent == 3)
    #expect(share.interval == Proportion(successes: 3, total: 3).interval)
  }

  @Test func groupsThatAgreeByChanceAreWorthNoMoreThanTheirCases() {
    var share = GroupedShare()
    for place in 0..<10 { share.add(place < 5 ? 1 : 0, group: 0) }
    for place in 0..<11 { share.add(place < 6 ? 1 : 0, group: 1) }
    // By groups alone 970 cases; a sum of 21 squares in float64.
    #expect(abs(share.independent - 21) < 1e-9)
    let wilson = Proportion(successes: 11, total: 21).interval
    #expect(abs(share.interval.lowerBound - wilson.lowerBound) < 1e-9)
    #expect(abs(share.interval.upperBound - wilson.upperBound) < 1e-9)
  }

  @Test func aWeightedMeanOfMeansLeavesOutWhatIsNotThere() {
    var share = GroupedShare(weights: [3, 1, 7])
    share.add(1, group: 0, stratum: 0)
    share.add(0, group: 1, stratum: 0)
    share.add(1, group: 2, stratum: 1)
    #expect(share.value == (3 * 0.5 + 1) / 4)
    // Deviations 3/4 · ±0.5 / 2, and none in the second: 0.625 · 0.375 / (2 · 0.1875²) = 10/3.
    #expect(abs(share.independent - 10.0 / 3) < 1e-9)
  }

  @Test func nothingIsKnownWithoutCases() {
    let share = GroupedShare()
    #expect(share.value == nil && share.interval == 0...1 && share.independent == 0 && share.proportion.total == 0)
  }
}
