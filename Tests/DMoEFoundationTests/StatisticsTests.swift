import DMoEFoundation
import Foundation
import Testing

@Suite struct StatisticsTests {
  @Test func meanAndDeviationAreThoseOfAllNumbers() {
    let numbers = [2.0, 4, 4, 4, 5, 5, 7, 9]
    // The squares of the distances from 5 are 9, 1, 1, 1, 0, 0, 4, 16: 32 over 8.
    #expect(numbers.mean == 5 && numbers.deviation == 2)
    #expect([3.0].deviation == 0 && [Double]().mean == nil && [Double]().deviation == nil)
  }

  @Test func theMedianOfAnEvenNumberIsTheUpperOne() {
    #expect([3, 1, 2].upperMedian == 2 && [4, 1, 3, 2].upperMedian == 3 && [Int]().upperMedian == nil)
  }

  @Test func ofEqualsTheFirstIsTheGreatest() {
    #expect([1, 3, 2, 3].indexOfMaximum == 1 && [7].indexOfMaximum == 0 && [Int]().indexOfMaximum == nil)
  }

  /// Against the definitions, where these do not overflow.
  @Test(arguments: [-20, -1, -0.1, 0, 0.1, 1, 20])
  func logisticFunctionsAgreeWithTheirDefinitions(x: Double) {
    // Rounding of exp and log: a few units in the last place of numbers up to 20.
    #expect(abs(Logistic.softplus(x) - log(1 + exp(x))) <= 1e-14)
    #expect(abs(Logistic.sigmoid(x) - 1 / (1 + exp(-x))) <= 1e-15)
  }

  @Test func logisticFunctionsDoNotOverflow() {
    #expect(Logistic.softplus(1000) == 1000 && Logistic.softplus(-1000) == 0)
    #expect(Logistic.sigmoid(1000) == 1 && Logistic.sigmoid(-1000) == 0)
  }
}
