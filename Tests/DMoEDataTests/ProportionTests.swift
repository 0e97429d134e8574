@_spi(Command) import DMoEData
import Foundation
import Testing

struct ProportionTests {
  /// scipy.stats.binomtest(successes, total).proportion_ci(method="wilson").
  @Test(arguments: [
    (8.0, 10, 0.490162472, 0.943317849), (0.0, 10, 0.0, 0.277532799), (10.0, 10, 0.722467201, 1.0),
    (50.0, 100, 0.403831530, 0.596168470), (713.0, 1000, 0.684189583, 0.740180218),
  ])
  func intervalIsWilsons(successes: Double, total: Int, lower: Double, upper: Double) {
    let interval = Proportion(successes: successes, total: total).interval
    #expect(abs(interval.lowerBound - lower) < 1e-6)
    #expect(abs(interval.upperBound - upper) < 1e-6)
  }

  @Test func withoutCasesThereIsNoValueAndEverythingIsPossible() {
    let none = Proportion(successes: 0, total: 0)
    #expect(none.value == nil)
    #expect(none.interval == 0...1)
  }

  @Test func halvesCount() {
    #expect(Proportion(successes: 1.5, total: 2).value == 0.75)
  }

  @Test func jsonSaysTheIntervalAndReadsBack() throws {
    let proportion = Proportion(successes: 8, total: 10)
    let data = try JSONEncoder().encode(proportion)
    let fields = try #require(JSONSerialization.jsonObject(with: data) as? [String: Double])
    #expect(Set(fields.keys) == ["successes", "total", "value", "lower", "upper"])
    #expect(try JSONDecoder().decode(Proportion.self, from: data) == proportion)
  }

  @Test func jsonWithMoreSuccessesThanCasesIsRefused() {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Proportion.self, from: Data(#"{"successes": 3, "total": 2}"#.utf8))
    }
  }
}
