import Dispatch
import Foundation
import Synchronization

/// SIGHUP, by which services are told to read their files again. One that comes before anybody listens is not lost.
final class HangUp {
  private let ear = Ear()
  private let source: any DispatchSourceSignal

  /// From here on the signal does not end the process.
  init() {
    signal(SIGHUP, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: DispatchQueue(label: "dmoerm.hang-up"))
    source.setEventHandler { [ear] in ear.hear() }
    // The source is set up on another thread, and a signal that came before would be ignored.
    let isReady = DispatchSemaphore(value: 0)
    source.setRegistrationHandler { isReady.signal() }
    source.resume()
    isReady.wait()
  }

  /// Calls something whenever the signal comes, and now if it has come already.
  func listen(_ call: @escaping @Sendable () -> Void) { ear.listen(call) }

  /// Gives the signal its usual meaning back.
  func end() {
    source.cancel()
    signal(SIGHUP, SIG_DFL)
  }

  /// What is called, and whether the signal came while there was nothing to call.
  private final class Ear: Sendable {
    private struct State {
      var call: (@Sendable () -> Void)?
      var isPending = false
    }

    private let state = Mutex(State())

    func hear() {
      let call = state.withLock { state in
        state.isPending = state.call == nil
        return state.call
      }
      call?()
    }

    func listen(_ call: @escaping @Sendable () -> Void) {
      let isPending = state.withLock { state in
        state.call = call
        defer { state.isPending = false }
        return state.isPending
      }
      if isPending { call() }
    }
  }
}
