package import Foundation

/// Writes whole files: a reader sees the old content or the new one.
package enum WholeFile {
  /// Replaces the file once `body` has written all of it; what is no regular file, such as a pipe or a terminal, cannot be
  /// replaced without harm and is written into.
  ///
  /// - Throws: `DataError.unwritableFile`; the old file is then untouched.
  package static func write(to url: URL, _ body: (FileHandle) throws -> Void) throws(DataError) {
    let url = url.resolvingSymlinksInPath()
    do {
      if isSpecial(url) {
        let handle = try FileHandle(forWritingTo: url)
        defer { try? handle.close() }
        return try body(handle)
      }
      let partial = url.appendingPathExtension("partial-\(ProcessInfo.processInfo.processIdentifier)")
      do {
        try Data().write(to: partial)
        let handle = try FileHandle(forWritingTo: partial)
        defer { try? handle.close() }
        try body(handle)
        try handle.synchronize()
        // rename(2) replaces an existing file in one step, which FileManager.moveItem refuses to.
        guard rename(partial.path, url.path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
      } catch {
        try? FileManager.default.removeItem(at: partial)
        throw error
      }
    } catch let error as DataError {
      throw error
    } catch {
      throw .unwritableFile(path: url.path, reason: reason(error))
    }
  }

  /// Whether something is there that is neither a file nor a folder.
  private static func isSpecial(_ url: URL) -> Bool {
    var status = stat()
    return stat(url.path, &status) == 0 && ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  /// What the system says, in its words; Foundation's own say less, such as "The file couldn't be saved".
  package static func reason(_ error: any Error) -> String {
    let error = error as NSError
    for candidate in [error, error.userInfo[NSUnderlyingErrorKey] as? NSError] {
      guard let candidate, candidate.domain == NSPOSIXErrorDomain else { continue }
      return String(cString: strerror(Int32(candidate.code)))
    }
    return error.localizedDescription
  }
}
