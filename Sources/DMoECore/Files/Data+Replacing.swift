import DMoEFoundation
public import Foundation

@_spi(Command) extension Data {
  /// Replaces the file at `url` by these bytes in one step: whoever reads it sees the old file or the new one, also after a crash.
  ///
  /// What writers that were killed have left of it beside it is removed, as wherever the library writes.
  ///
  /// - Parameter url: The file; its folder is there.
  /// - Throws: `CoreError.unwritableFile`; the old file is then untouched.
  public func replaceFile(at url: URL) throws(CoreError) { try AtomicFile<CoreError>.write(self, to: url) }
}
