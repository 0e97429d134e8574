import ArgumentParser
import DMoERM
import Foundation
import Testing

@testable import dmoerm

struct RanksTests {
  private static func rank(_ host: String, _ cores: String, _ count: Int) -> RankThreads {
    RankThreads(host: host, cores: cores, count: count)
  }

  @Test func ranksShareTheCoresOfTheirMachineAndHaveAsManyThreads() {
    #expect(RankThreads.share([Self.rank("a", "0-7", 8)]) == 8)
    #expect(RankThreads.share(Array(repeating: Self.rank("a", "0-7", 8), count: 3)) == 2)
    // Bound: each has its own.
    #expect(RankThreads.share([Self.rank("a", "0-3", 4), Self.rank("a", "4-7", 4)]) == 4)
    // The same cores by name, of two machines.
    #expect(RankThreads.share([Self.rank("a", "0-7", 8), Self.rank("b", "0-7", 8)]) == 8)
    #expect(RankThreads.share([Self.rank("a", "0-7", 8), Self.rank("b", "0-1", 2)]) == 2)
    #expect(RankThreads.share(Array(repeating: Self.rank("a", "0", 1), count: 5)) == 1)
  }

  @Test func anotherVersionIsRefusedOnEveryRank() {
    let results = ThreadRanks.run(3) { ranks in
      try RankAgreement.check(version: ranks.rank == 2 ? "9.9" : "1.0", over: ranks)
    }
    for result in results {
      #expect {
        try result.get()
      } throws: { error in
        (error as? Failure)?.message == "rank 2 runs version 9.9, and rank 0 runs 1.0"
      }
    }
  }

  @Test func whatFailsOnOneRankEndsAll() {
    let results = ThreadRanks.run(3) { ranks in
      try RankAgreement.outcome(over: ranks) {
        if ranks.rank == 1 { throw Failure("a.jsonl: there is no such file", hint: "Look.", status: .badInput) }
        return ranks.rank
      }
    }
    for (rank, result) in results.enumerated() {
      #expect {
        try result.get()
      } throws: { error in
        let own = rank == 1 ? "" : "rank 1: "
        return error as? Failure
          == Failure(own + "a.jsonl: there is no such file", hint: "Look.", status: .badInput)
      }
    }
  }

  @Test func whatGoesWellOnAllGoesOn() throws {
    let results = ThreadRanks.run(3) { ranks in try RankAgreement.outcome(over: ranks) { ranks.rank } }
    #expect(try results.map { try $0.get() } == [0, 1, 2])
    #expect(try RankAgreement.outcome(over: nil) { 5 } == 5)
  }

  @Test func anotherFileIsNamed() {
    let results = ThreadRanks.run(2) { ranks in
      try RankAgreement.check([("bundle m", "1"), ("content of f", "\(ranks.rank)")], over: ranks)
    }
    for result in results {
      #expect {
        try result.get()
      } throws: { error in
        (error as? Failure)?.message == "rank 1 has another content of f than rank 0"
      }
    }
  }

  @Test func standardInputIsForOneRankOnly() {
    let files = [DataFile("a.jsonl"), DataFile("-")]
    for result in ThreadRanks.run(2, { try RankAgreement.check(files, over: $0) }) {
      #expect(throws: ValidationError.self) { try result.get() }
    }
    for result in ThreadRanks.run(1, { try RankAgreement.check(files, over: $0) }) {
      #expect(throws: Never.self) { try result.get() }
    }
  }

  @Test(arguments: [1, 2, 3, 5])
  func batchesComeInTheirOrderWhoeverScoresThem(count: Int) throws {
    let results = ThreadRanks.run(count) { ranks in
      let shares = ScoreShares(over: ranks)
      var scored = 0
      let lines = try (0..<20).map { batch in
        try shares.next {
          scored += 1
          return [.success(["batch \(batch)", "by any"]), .failure(Failure("bad \(batch)", status: .badInput))]
        }
      }
      return (lines, scored)
    }
    let (lines, _) = try results[0].get()
    for (batch, results) in lines.enumerated() {
      #expect(
        results == [.success(["batch \(batch)", "by any"]), .failure(Failure("bad \(batch)", status: .badInput))])
    }
    #expect(try results.reduce(0) { $0 + (try $1.get().1) } == 20, "each batch is scored once")
    for result in results.dropFirst() { #expect(try result.get().0.allSatisfy(\.isEmpty)) }
  }
}
