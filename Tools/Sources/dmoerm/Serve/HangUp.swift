import Dispatch
import Foundation

/// SIGHUP, by which services are told to read their files again.
final class HangUp {
  private let source: any DispatchSourceSignal

  init(_ call: @escaping @Sendable () -> Void) {
    signal(SIGHUP, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: DispatchQueue(label: "dmoerm.hang-up"))
    source.setEventHandler(handler: call)
    source.resume()
  }

  /// Gives the signal its usual meaning back.
  func end() {
    source.cancel()
    signal(SIGHUP, SIG_DFL)
  }
}
