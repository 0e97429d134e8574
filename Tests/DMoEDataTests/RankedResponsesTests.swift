@_spi(Command) import DMoEData
import Foundation
import Testing

@Suite struct RankedResponsesTests {
  @Test func theSmallerRankIsChosen() throws {
    func pairs(_ ranks: [Int]) throws -> [[Int]] {
      try sample(ranks: ranks).pairs.map { [$0.chosen, $0.rejected, $0.rankDifference] }
    }
    #expect(try pairs([2, 1]) == [[1, 0, 1]])
    #expect(try pairs([2, 1, 4]) == [[1, 0, 1], [0, 2, 2], [1, 2, 3]])
  }

  @Test func tiedRanksFormNoPair() throws {
    let tied = try sample(ranks: [1, 1, 2])
    #expect(tied.pairs.map(\.rejected) == [2, 2])
    #expect(tied.pairs.map(\.chosen) == [0, 1])
    #expect(tied.tiedPairs.map { [$0.first, $0.second] } == [[0, 1]])
    #expect(try sample(ranks: [3, 3]).pairs.isEmpty)
  }

  @Test(arguments: 2...6) func pairsAndTiesTogetherAreAllPairs(count: Int) throws {
    let mixed = try sample(ranks: (0..<count).map { 1 + $0 * 7 % 3 })
    #expect(mixed.pairs.count + mixed.tiedPairs.count == count * (count - 1) / 2)
    for pair in mixed.pairs {
      #expect(mixed.ranks[pair.chosen] + pair.rankDifference == mixed.ranks[pair.rejected])
    }
  }

  @Test func invalidSamplesAreRefused() throws {
    func make(_ responses: [String], _ ranks: [Int]) throws -> RankedResponses {
      try RankedResponses(id: "s", conversation: "p", responses: responses, ranks: ranks)
    }
    #expect(throws: DataError.tooFewResponses(1)) { try make(["a"], [1]) }
    #expect(throws: DataError.rankCountMismatch(responses: 2, ranks: 3)) { try make(["a", "b"], [1, 2, 3]) }
    #expect(throws: DataError.emptyResponse(index: 1)) { try make(["a", ""], [1, 2]) }
    #expect(throws: DataError.emptyResponse(index: 0)) { try make([" \n\u{A0}", "b"], [1, 2]) }
    #expect(throws: DataError.invalidRank(0)) { try make(["a", "b"], [0, 1]) }
    #expect(throws: DataError.emptyIdentifier) { try sample(id: "") }
    #expect(throws: DataError.emptyIdentifier) { try sample(capability: "") }
    #expect(throws: DataError.invalidMargin(.infinity)) { try sample(margin: .infinity) }
    // A source may rate the chosen response worse than the rejected one; losses take that as it is.
    #expect(try sample(margin: -1).margin == -1)
    #expect(throws: DataError.invalidWeight(-1)) { try sample(weight: -1) }
  }

  @Test func aProbabilityNeedsTwoResponsesAndAgreesWithTheRanks() throws {
    #expect(throws: DataError.invalidProbability(1.5, responses: 2)) { try sample(probability: 1.5) }
    #expect(throws: DataError.invalidProbability(0.5, responses: 3)) {
      try sample(ranks: [1, 2, 3], probability: 0.5)
    }
    #expect(throws: DataError.contradictoryProbability(0.2, ranks: [1, 2])) { try sample(probability: 0.2) }
    #expect(throws: DataError.contradictoryProbability(0.8, ranks: [2, 1])) {
      try sample(ranks: [2, 1], probability: 0.8)
    }
    #expect(try sample(ranks: [2, 1], probability: 0.2).probability == 0.2)
    #expect(try sample(ranks: [1, 1], probability: 0.5).probability == 0.5)
  }

  @Test func codingKeepsEverything() throws {
    let full = try RankedResponses(
      id: "1", source: "s", language: "zh", conversation: "问", responses: ["a", "b"], ranks: [2, 1],
      category: "chat", capability: "empathy", margin: 0.25, weight: 2, probability: 0.1, annotator: "m")
    let data = try JSONEncoder().encode(full)
    #expect(try JSONDecoder().decode(RankedResponses.self, from: data) == full)
  }
}
