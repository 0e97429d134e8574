/// An error type that can say that a file was not written: each module's errors are its own, the writer is one.
package protocol FileFailure: Error {
  /// The file could not be made, written or put in its place; the reason is the system's.
  static func unwritableFile(path: String, reason: String) -> Self
}
