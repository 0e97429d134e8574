import Foundation

/// What came of asking for the exclusive lock of an open file (flock(2)), without waiting.
///
/// The lock lasts until the file is closed, also by the end of the process, and holds against other opened files of the
/// same process too.
package enum FileLock: Sendable, Equatable {
  /// It is ours.
  case acquired
  /// Another process, or another opened file of this one, has it.
  case heldElsewhere
  /// The system has none to give, such as on some network file systems.
  case unavailable(reason: String)

  /// Asks for the lock of the file behind a descriptor.
  package init(of descriptor: Int32) {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      self = errno == EWOULDBLOCK ? .heldElsewhere : .unavailable(reason: SystemReason.last)
      return
    }
    self = .acquired
  }
}

extension FileLock {
  /// Waits for the lock of the file behind a descriptor, for as long as it takes.
  ///
  /// - Returns: why there is none; `nil` once it is ours.
  package static func wait(for descriptor: Int32) -> String? {
    while flock(descriptor, LOCK_EX) != 0 { guard errno == EINTR else { return SystemReason.last } }
    return nil
  }

  /// Gives the lock back.
  package static func release(_ descriptor: Int32) { flock(descriptor, LOCK_UN) }
}
