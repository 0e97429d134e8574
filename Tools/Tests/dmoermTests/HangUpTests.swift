import Foundation
import Testing

@testable import dmoerm

/// SIGHUP while models are read, and while they are served.
@Suite struct HangUpTests {
  @Test func aSignalIsHeardBeforeAndAfterAnyoneListens() async {
    let hangUp = HangUp()
    defer { hangUp.end() }
    kill(getpid(), SIGHUP)
    let (calls, heard) = AsyncStream<Void>.makeStream()
    var call = calls.makeAsyncIterator()
    hangUp.listen { heard.yield() }
    #expect(await call.next() != nil)
    kill(getpid(), SIGHUP)
    #expect(await call.next() != nil)
  }
}
