import Synchronization

/// A place where tasks wait until so many have come, or until it is opened.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let count: Int
  private let state = Mutex(State())

  /// - Parameter count: How many open it by coming.
  init(_ count: Int = .max) {
    self.count = count
  }

  func pass() async {
    await withCheckedContinuation { continuation in
      let resumed = state.withLock { state -> [CheckedContinuation<Void, Never>] in
        state.waiting.append(continuation)
        if state.waiting.count >= count { state.isOpen = true }
        guard state.isOpen else { return [] }
        defer { state.waiting = [] }
        return state.waiting
      }
      for continuation in resumed { continuation.resume() }
    }
  }

  func open() {
    let resumed = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in resumed { continuation.resume() }
  }
}
