import Foundation
import Synchronization
import Testing

@testable import DMoEExperiment

@Suite struct ThreadGroupTests {
  private struct Stop: Error, Equatable { var number = 0 }

  @Test(arguments: [1, 2, 7]) func outputsAreInTheOrderOfTheInputs(threads: Int) throws {
    let inputs = Array(0..<40)
    let outputs = try ThreadGroup(count: threads).map(
      inputs, onEvent: { (_: Int) in },
      job: { input, send in
        try send(input)
        return input * input
      })
    #expect(outputs == inputs.map { $0 * $0 })
  }

  /// So that a handler may keep what it likes in a variable.
  @Test func eventsAreHandledOneAtATimeOnTheCallingThread() throws {
    let caller = Thread.current
    var events: [Int] = []
    var isHandling = false
    _ = try ThreadGroup(count: 4).map(
      Array(0..<20),
      onEvent: { (event: Int) in
        #expect(Thread.current === caller && !isHandling)
        isHandling = true
        events.append(event)
        isHandling = false
      }, job: { input, send in for _ in 0..<3 { try send(input) } })
    #expect(events.sorted() == (0..<20).flatMap { [$0, $0, $0] })
  }

  @Test func whoSendsWaitsUntilItsEventIsHandled() throws {
    let handled = Mutex(0)
    let seen = try ThreadGroup(count: 3).map(
      Array(1...9), onEvent: { (_: Int) in handled.withLock { $0 += 1 } },
      job: { input, send in
        try send(input)
        return handled.withLock { $0 }
      })
    #expect(seen.allSatisfy { $0 >= 1 })
    #expect(handled.withLock { $0 } == 9)
  }

  @Test(arguments: [1, 3]) func whatTheHandlerThrowsStopsAll(threads: Int) throws {
    let begun = Mutex(0)
    var handled = 0
    #expect(throws: Stop(number: 2)) {
      try ThreadGroup(count: threads).map(
        Array(0..<100),
        onEvent: { (_: Int) in
          handled += 1
          if handled == 2 { throw Stop(number: handled) }
        },
        job: { input, send in
          begun.withLock { $0 += 1 }
          try send(input)
        })
    }
    // Each thread may have begun one more before it saw the end.
    #expect(handled == 2 && begun.withLock { $0 } <= 2 + threads)
  }

  @Test func whatAJobThrowsEndsTheOthersAtTheirNextEvent() throws {
    let ended = Mutex<[String]>([])
    #expect(throws: Stop(number: 7)) {
      try ThreadGroup(count: 2).map(
        [7, 1], onEvent: { (_: Int) in },
        job: { input, send in
          if input == 7 { throw Stop(number: input) }
          do {
            while true { try send(input) }
          } catch {
            ended.withLock { $0.append("\(type(of: error))") }
            throw error
          }
        })
    }
    // It may not have begun at all.
    #expect(ended.withLock { $0 == [] || $0 == ["CancellationError"] })
  }

  @Test func withoutJobsNothingHappens() throws {
    let outputs = try ThreadGroup(count: 0).map([Int](), onEvent: { (_: Int) in }, job: { input, _ in input })
    #expect(outputs == [])
  }
}
