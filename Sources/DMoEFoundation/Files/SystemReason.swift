import Foundation

/// What the system says is wrong, in its own words.
package enum SystemReason {
  /// The reason why the last system call of this thread failed.
  package static var last: String { of(errno) }

  /// The reason that an error number stands for.
  package static func of(_ code: Int32) -> String { String(cString: strerror(code)) }

  /// The reason behind an error of Foundation's, whose own words say less, such as "The file couldn't be saved".
  package static func of(_ error: any Error) -> String {
    let error = error as NSError
    for candidate in [error, error.userInfo[NSUnderlyingErrorKey] as? NSError] {
      guard let candidate, candidate.domain == NSPOSIXErrorDomain else { continue }
      return of(Int32(candidate.code))
    }
    return error.localizedDescription
  }
}
