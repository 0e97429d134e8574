import DMoECore
import Foundation
import Testing

@Suite struct CommunicatorTests {
  private static let counts = [1, 2, 3, 4, 7]

  /// Numbers whose sum depends on the order: large ones that cancel, and small ones beside them.
  private static func vector(_ number: Int) -> [Float] {
    var source = RandomSource(seed: 7, stream: UInt64(number))
    return (0..<5).map { _ in (source.uniform() - 0.5) * (source.uniform() < 0.3 ? 1e7 : 1) }
  }

  /// The sum of the vectors from `first` on, of which there are at most `width`, a power of two: left half and right half.
  private static func sum(from first: Int, width: Int, of count: Int) -> [Float] {
    guard width > 1 else { return vector(first) }
    let left = sum(from: first, width: width / 2, of: count)
    guard first + width / 2 < count else { return left }
    return zip(left, sum(from: first + width / 2, width: width / 2, of: count)).map { $0 + $1 }
  }

  private static func sums(_ ranks: Int, of count: Int, owner: @escaping @Sendable (Int) -> Int) throws -> [[Float]] {
    try ThreadRanks.run(ranks) { ranks in
      let own = (0..<count).filter { owner($0) == ranks.rank }
      return try ranks.sum(Dictionary(uniqueKeysWithValues: own.map { ($0, vector($0)) }), of: count)
    }.map { try $0.get() }
  }

  @Test(arguments: [1, 2, 5, 8, 13])
  func sumsHaveOneOrderOnAnyNumberOfRanks(count: Int) throws {
    let expected = Self.sum(from: 0, width: 16, of: count).map(\.bitPattern)
    for ranks in Self.counts {
      for sum in try Self.sums(ranks, of: count, owner: { $0 * ranks / count }) {
        #expect(sum.map(\.bitPattern) == expected, "\(ranks) ranks")
      }
    }
  }

  @Test func vectorsMayLieOnAnyRank() throws {
    let expected = Self.sum(from: 0, width: 16, of: 13).map(\.bitPattern)
    for sum in try Self.sums(3, of: 13, owner: { $0 * 5 % 3 }) { #expect(sum.map(\.bitPattern) == expected) }
  }

  @Test func everyLeafIsOnOneRankAndLittleTravels() {
    for ranks in [1, 2, 3, 4, 5, 7, 8, 16, 64] {
      for count in [1, 2, 3, 8, 13, 16, 32, 100] {
        let shares = LeafShares(count: count, ranks: ranks)
        #expect((0..<ranks).flatMap { shares[$0] } == Array(0..<count))
        #expect(shares.traffic <= 2, "\(count) leaves on \(ranks) ranks")
        #expect(ranks > 2 || count > 32 || shares.largest == (count + ranks - 1) / ranks)
      }
    }
  }

  @Test func everyRankGetsWhatOthersHaveForIt() throws {
    for count in Self.counts {
      let results = ThreadRanks.run(count) { ranks in
        try ranks.exchange((0..<count).map { Data(repeating: UInt8(ranks.rank), count: $0) })
      }
      for (rank, result) in results.enumerated() {
        #expect(try result.get() == (0..<count).map { Data(repeating: UInt8($0), count: rank) })
      }
    }
  }

  /// The order of the tree is another than that of the numbers, or these tests would say nothing.
  @Test func theOrderMatters() {
    let plain = (1..<13).reduce(Self.vector(0)) { sum, number in zip(sum, Self.vector(number)).map { $0 + $1 } }
    #expect(plain.map(\.bitPattern) != Self.sum(from: 0, width: 16, of: 13).map(\.bitPattern))
  }

  @Test func vectorsThatAreMissingOrTwiceThereAreToldOf() {
    let missing = ThreadRanks.run(2) { ranks in try ranks.sum([ranks.rank: [1]], of: 3) }
    let twice = ThreadRanks.run(2) { ranks in try ranks.sum([0: [1], ranks.rank + 1: [1]], of: 3) }
    let uneven = ThreadRanks.run(2) { ranks in try ranks.sum([ranks.rank: ranks.rank == 0 ? [1] : [1, 2]], of: 2) }
    for results in [missing, twice, uneven] {
      for result in results {
        #expect { try result.get() } throws: { error in
          if case CommunicatorError.malformedMessage = error { true } else { false }
        }
      }
    }
  }

  @Test func everyRankGetsTheBytesOfAll() throws {
    for count in Self.counts {
      let results = ThreadRanks.run(count) { ranks in
        // Again and again: no rank may run ahead into the next gathering.
        try (0..<20).map { round in try ranks.allGather(Data(repeating: UInt8(round), count: ranks.rank)) }
      }
      for result in results {
        let rounds = try result.get()
        for (round, gathered) in rounds.enumerated() {
          #expect(gathered == (0..<count).map { Data(repeating: UInt8(round), count: $0) })
        }
      }
    }
  }

  @Test func broadcastGivesTheBytesOfTheRootAlone() throws {
    let results = ThreadRanks.run(3) { ranks in try ranks.broadcast(Data([UInt8(ranks.rank)]), from: 2) }
    for result in results { #expect(try result.get() == Data([2])) }
  }

  @Test func messagesOfOneRankComeInOrder() throws {
    let results = ThreadRanks.run(3) { ranks in
      guard ranks.rank == 0 else {
        for number in 0..<50 { try ranks.send(Data([UInt8(number)]), to: 0) }
        return [[UInt8]]()
      }
      var got: [[UInt8]] = [[], [], []]
      while got[1].count + got[2].count < 100 {
        if let message = try ranks.receive() { got[message.sender] += message.bytes } else { sched_yield() }
      }
      return got
    }
    #expect(try results[0].get() == [[], Array(0..<50), Array(0..<50)])
  }

  @Test func aRankThatFailsLeavesNobodyWaiting() {
    struct Failed: Error {}
    let results = ThreadRanks.run(3) { ranks in
      if ranks.rank == 1 { throw Failed() }
      try ranks.barrier()
    }
    #expect(throws: Failed.self) { try results[1].get() }
    for rank in [0, 2] { #expect(throws: CommunicatorError.rankLost(rank: 1)) { try results[rank].get() } }
  }

  @Test func aProcessAloneHasNobodyToSendTo() throws {
    let alone = SingleRank()
    #expect(alone.allGather(Data([1])) == [Data([1])] && alone.receive() == nil)
    #expect(try alone.sum([0: [1], 1: [2], 2: [4]], of: 3) == [7])
    #expect(throws: CommunicatorError.self) { try alone.send(Data(), to: 1) }
  }
}
