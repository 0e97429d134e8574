import NIOCore
import Synchronization

/// Tells requests when the client of their connection has gone, so that work for nobody is dropped.
final class ConnectionWatch: Sendable {
  private struct Entry {
    var isGone = false
    var calls: [Int: @Sendable () -> Void] = [:]
  }

  private struct State {
    var entries: [ObjectIdentifier: Entry] = [:]
    var next = 0
  }

  private let state = Mutex(State())

  /// A connection is there.
  func open(_ connection: ObjectIdentifier) { state.withLock { $0.entries[connection] = Entry() } }

  /// The client will send no more, as one that closed its end.
  func gone(_ connection: ObjectIdentifier) {
    let calls = state.withLock { state -> [@Sendable () -> Void] in
      guard var entry = state.entries[connection] else { return [] }
      let calls = Array(entry.calls.values)
      entry = Entry(isGone: true)
      state.entries[connection] = entry
      return calls
    }
    for call in calls { call() }
  }

  /// The connection is closed.
  func close(_ connection: ObjectIdentifier) {
    gone(connection)
    state.withLock { $0.entries[connection] = nil }
  }

  /// Calls something when the client goes; at once if it has gone: every connection is watched from its first moment to its
  /// last, so that one that is not there has been closed.
  ///
  /// - Returns: What `forget` takes; nil if there is nothing to forget.
  func whenGone(_ connection: ObjectIdentifier, _ call: @escaping @Sendable () -> Void) -> Int? {
    let (number, isGone) = state.withLock { state -> (Int?, Bool) in
      guard let entry = state.entries[connection], !entry.isGone else { return (nil, true) }
      state.next += 1
      state.entries[connection]?.calls[state.next] = call
      return (state.next, false)
    }
    if isGone { call() }
    return number
  }

  /// Calls it no more.
  func forget(_ connection: ObjectIdentifier, _ number: Int?) {
    guard let number else { return }
    state.withLock { _ = $0.entries[connection]?.calls.removeValue(forKey: number) }
  }

  /// The number of connections.
  var count: Int { state.withLock(\.entries.count) }
}
