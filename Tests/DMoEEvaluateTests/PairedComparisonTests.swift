import DMoECore
import Testing

@testable import DMoEEvaluate

@Suite struct PairedComparisonTests {
  /// Values of scipy.stats.binomtest(k, n).pvalue.
  @Test(arguments: [(0, 5, 0.0625), (3, 12, 0.145_996_093_75), (40, 100, 0.056_887_933), (6, 12, 1), (0, 0, 1)])
  func mcNemarsTestIsTheExactBinomial(smaller: Int, count: Int, expected: Double) {
    #expect(abs(BinomialTest.pValue(successes: smaller, trials: count) - expected) < 1e-8)
  }

  @Test func theDifferenceAndTheDiscordantPairsAreCounted() {
    let comparison = PairedComparison(first: [1, 1, 0, 0.5], second: [0, 1, 1, 0], groups: [0, 1, 2, 3])
    #expect(comparison.difference == 0.125 && comparison.onlyFirst == 2 && comparison.onlySecond == 1)
  }

  /// A hundred copies of one prompt's pair say no more than one.
  @Test func pairsOfOnePromptAreDrawnTogether() throws {
    var source = RandomSource(seed: 3, stream: 1)
    let first = (0..<400).map { _ in Bool.random(using: &source) ? 1.0 : 0 }
    let second = [Double](repeating: 0, count: 400)
    let apart = try #require(
      PairedComparison(first: first, second: second, groups: Array(0..<400)).interval)
    let copied = try #require(
      PairedComparison(
        first: (0..<400).map { first[$0 / 10] }, second: second, groups: (0..<400).map { $0 / 10 }
      ).interval)
    let width = apart.upperBound - apart.lowerBound
    // Half the width of a 95 % interval of 400 fair coins is 0.049.
    #expect(abs(width - 0.098) < 0.012)
    #expect(copied.upperBound - copied.lowerBound > 2.5 * width)
  }

  @Test func nothingToCompareIsNoDifference() {
    let comparison = PairedComparison(first: [], second: [], groups: [])
    #expect(comparison.difference == 0 && comparison.interval == nil && comparison.pValue == 1)
  }
}
