import DMoECore
import Foundation
import Synchronization
import Testing
import _TestSupport

/// What ranks do together: shares of work, what one of them makes for all, and what has to be the same on all.
@Suite struct SharingTests {
  private struct Failed: Error, CustomStringConvertible {
    let description = "there is no paper"
  }

  private enum Way: CaseIterable { case dealt, consecutive, awaiting }

  private static func shared(
    _ count: Int, over ranks: any Communicator, _ way: Way, _ body: @escaping @Sendable (Int) throws -> [Float?]
  ) throws -> [[Float?]] {
    switch way {
    case .dealt: try ranks.sharing(count, as: [Float?].self) { try body($0) }
    case .consecutive:
      try ranks.sharing(count, as: [Float?].self, by: LeafShares(count: count, ranks: ranks.size)) { try body($0) }
    case .awaiting:
      try onThisThread { try await ranks.sharing(count, as: [Float?].self, awaiting: { try body($0) }) }
    }
  }

  @Test(arguments: [1, 2, 3, 7])
  func eachPieceIsDoneOnceAndAllHaveAll(count: Int) throws {
    for way in Way.allCases {
      let done = Mutex<[Int]>([])
      let results = ThreadRanks.run(count) { ranks in
        try Self.shared(5, over: ranks, way) { number in
          done.withLock { $0.append(number) }
          return [Float(number) / 3, nil, -0.0, .infinity, .nan]
        }
      }
      #expect(done.withLock { $0.sorted() } == Array(0..<5), "\(way)")
      for result in results {
        let pieces = try result.get()
        #expect(pieces.map { $0[0]?.bitPattern } == (0..<5).map { (Float($0) / 3).bitPattern }, "\(way)")
        for piece in pieces {
          #expect(piece[1] == nil && piece[2]?.sign == .minus && piece[3] == .infinity && piece[4]?.isNaN == true)
        }
      }
    }
  }

  @Test func whatFailsOnOneRankEndsAllWithItsReason() {
    for way in Way.allCases {
      let results = ThreadRanks.run(3) { ranks in
        try Self.shared(3, over: ranks, way) { number in
          if ranks.rank == 1 { throw Failed() }
          return [Float(number)]
        }
      }
      #expect(throws: Failed.self) { try results[1].get() }
      for rank in [0, 2] {
        #expect(throws: CommunicatorError.failed(operation: "go on", reason: "rank 1: there is no paper")) {
          try results[rank].get()
        }
      }
    }
  }

  @Test(arguments: [1, 3])
  func theFirstRankMakesWhatAllGet(count: Int) throws {
    let results = ThreadRanks.run(count) { ranks in
      let (number, nothing, some) = try (
        ranks.fromFirst { ranks.rank + 5 }, ranks.fromFirst { () -> [Int]? in nil },
        ranks.fromFirst { () -> [Int?]? in [1, nil] }
      )
      let own = try ranks.onFirst { ranks.rank }
      return (number == 5 && nothing == nil && some == [1, nil], own)
    }
    for (rank, result) in results.enumerated() {
      let (isRight, own) = try result.get()
      #expect(isRight && own == (rank == 0 ? 0 : nil))
    }
    for result in ThreadRanks.run(count, { ranks -> Int in try ranks.fromFirst { throw Failed() } }) {
      #expect(throws: (any Error).self) { try result.get() }
    }
    let failing = ThreadRanks.run(count) { ranks in
      try ranks.onEach { if ranks.rank == count - 1 { throw Failed() } }
    }
    for result in failing { #expect(throws: (any Error).self) { try result.get() } }
  }

  @Test func theFirstDifferenceIsToldOnAllRanks() throws {
    let results = ThreadRanks.run(3) { ranks in
      let same = try ranks.difference(in: [RankFact("seed", "1")])
      let other = try ranks.difference(in: [RankFact("seed", "1"), RankFact("data set", "\(ranks.rank / 2)")])
      return (same == nil, other?.rank, other?.name)
    }
    for result in results {
      let (isSame, rank, name) = try result.get()
      #expect(isSame && rank == 2 && name == "data set")
    }
  }
}
