/// An error type that can say what is wrong with the folder of a run: each kind of run has errors of its own, what keeps the
/// folder is one.
package protocol RunFailure: Error {
  /// Another process works in the folder.
  static func runInUse(path: String) -> Self
  /// A file of the folder cannot be read or written.
  static func unusableRun(path: String, reason: String) -> Self
}

extension TrainError: RunFailure {}
