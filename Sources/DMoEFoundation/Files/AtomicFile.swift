package import Foundation

/// Writes whole files: a reader sees the old content or the new one, never a part, also after a crash.
package enum AtomicFile<Failure: FileFailure> {
  /// Replaces the file by `data`.
  ///
  /// - Throws: `Failure.unwritableFile`; the old file is then untouched.
  package static func write(_ data: Data, to url: URL) throws(Failure) {
    try write(to: url) { file throws(Failure) in try file.append(data) }
  }

  /// Replaces the file by what `body` appends, for content that should not be in memory at once.
  ///
  /// A link is followed, and its target replaced. A device or pipe, which cannot be replaced without harm, is written
  /// into.
  ///
  /// - Throws: `Failure.unwritableFile`, or what `body` throws; the old file is then untouched.
  package static func write(
    to url: URL, _ body: (PendingFile<Failure>) throws(Failure) -> Void
  ) throws(Failure) {
    let file = try PendingFile<Failure>(replacing: url)
    do throws(Failure) {
      try body(file)
      try file.finish()
      try file.commit()
    } catch {
      file.discard()
      throw error
    }
  }
}
