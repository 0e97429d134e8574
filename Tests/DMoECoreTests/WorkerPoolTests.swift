import Synchronization
import Testing

@testable import DMoECore

@Suite struct WorkerPoolTests {
  @Test(arguments: [1, 2, 3, 7, 1000]) func everyItemRunsOnce(count: Int) {
    let runs = (0..<count).map { _ in Counter() }
    WorkerPool.shared.run(count, threads: 4) { runs[$0].add() }
    #expect(runs.allSatisfy { $0.value == 1 })
  }

  @Test func callersOnManyThreadsDoNotMeet() async {
    let sums = await withTaskGroup(of: Int.self) { group in
      for caller in 1...8 {
        group.addTask {
          var total = 0
          for _ in 0..<500 {
            let sum = Counter()
            WorkerPool.shared.run(5, threads: 2) { sum.add(caller * $0) }
            total += sum.value
          }
          return total - 500 * 10 * caller
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums == Array(repeating: 0, count: 8))
  }

  @Test func aRegionWithinARegionEnds() {
    let sum = Counter()
    WorkerPool.shared.run(4, threads: 4) { outer in
      WorkerPool.shared.run(4, threads: 4) { inner in sum.add(outer * 4 + inner) }
    }
    #expect(sum.value == 120)
  }

  @Test func whatWasWrittenInARegionIsSeenAfterIt() {
    // Without an order between the helper's writes and the caller's return this fails now and then.
    for round in 0..<2000 {
      var values = [Int](repeating: -1, count: 64)
      values.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let buffer = buffer
        WorkerPool.shared.run(64, threads: 2) { buffer[$0] = round }
      }
      #expect(values.allSatisfy { $0 == round })
    }
  }
}

/// A sum that several threads add to.
private final class Counter: Sendable {
  private let sum = Atomic<Int>(0)
  var value: Int { sum.load(ordering: .relaxed) }
  func add(_ amount: Int = 1) { sum.add(amount, ordering: .relaxed) }
}
