package import Foundation

/// Writes whole files: a reader sees the old content or the new one, never a part, also after a crash.
package enum AtomicFile {
  /// Replaces the file by `data`.
  ///
  /// - Throws: `CoreError.unwritableFile`; the old file is then untouched.
  package static func write(_ data: Data, to url: URL) throws(CoreError) {
    try write(to: url) { output throws(CoreError) in
      try output.append(data)
    }
  }

  /// Replaces the file by what `body` appends, for content that should not be in memory at once.
  ///
  /// The bytes go to a new file beside the target, which is synchronized and renamed once `body` returns; if
  /// `body` throws, it is removed. A link is followed, and its target replaced. A device or pipe, which cannot be
  /// replaced without harm, is written into.
  ///
  /// - Throws: `CoreError.unwritableFile`, or what `body` throws; the old file is then untouched.
  package static func write(
    to url: URL, _ body: (borrowing Output) throws(CoreError) -> Void
  ) throws(CoreError) {
    let url = url.resolvingSymlinksInPath()
    var status = stat()
    if stat(url.path, &status) == 0, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
      let output = try Output(into: url)
      defer { output.close() }
      return try body(output)
    }
    let output = try Output(beside: url)
    do throws(CoreError) {
      try body(output)
      try output.synchronize()
    } catch {
      output.discard()
      throw error
    }
    guard rename(output.temporaryPath, url.path) == 0 else {
      let reason = systemReason()
      output.discard()
      throw .unwritableFile(path: url.path, reason: reason)
    }
    output.close()
    synchronizeFolder(of: url)
  }

  /// The rename itself reaches the disk with the folder. Some file systems cannot synchronize a folder; the new file
  /// is complete either way, so a failure here is none of the caller's.
  private static func synchronizeFolder(of url: URL) {
    let descriptor = open(url.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

extension AtomicFile {
  /// The new file while it is being written.
  package struct Output: ~Copyable {
    /// Empty for what is written in place: there is nothing to rename or to remove.
    fileprivate let temporaryPath: String
    private let path: String
    private let descriptor: Int32

    /// What is there already, opened as it is.
    fileprivate init(into url: URL) throws(CoreError) {
      path = url.path
      temporaryPath = ""
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .unwritableFile(path: path, reason: systemReason()) }
    }

    fileprivate init(beside url: URL) throws(CoreError) {
      path = url.path
      let folder = url.deletingLastPathComponent()
      // The name is free or left by a process that is gone: never random, never another writer's.
      for attempt in 0..<1000 {
        let name = ".\(url.lastPathComponent).\(getpid()).\(attempt)"
        let candidate = folder.appendingPathComponent(name).path
        let opened = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if opened >= 0 {
          temporaryPath = candidate
          descriptor = opened
          return
        }
        guard errno == EEXIST else { break }
      }
      throw .unwritableFile(path: path, reason: systemReason())
    }

    /// Writes all of `bytes` at the end.
    ///
    /// - Throws: `CoreError.unwritableFile` naming the target file.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(CoreError) {
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = UnsafeRawBufferPointer(rebasing: rest)
        // The base address of a non-empty buffer is not nil; the system refuses a nil one.
        let written = Foundation.write(descriptor, piece.baseAddress, min(piece.count, 1 << 30))
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { throw .unwritableFile(path: path, reason: systemReason()) }
        rest = rest.dropFirst(written)
      }
    }

    /// Writes all of `data` at the end.
    ///
    /// - Throws: `CoreError.unwritableFile` naming the target file.
    package func append(_ data: Data) throws(CoreError) {
      var failure: CoreError?
      data.withUnsafeBytes { bytes in
        do throws(CoreError) { try append(bytes) } catch { failure = error }
      }
      if let failure { throw failure }
    }

    fileprivate func synchronize() throws(CoreError) {
      guard fsync(descriptor) == 0 else { throw .unwritableFile(path: path, reason: systemReason()) }
    }

    fileprivate func close() { _ = Foundation.close(descriptor) }

    fileprivate func discard() {
      close()
      unlink(temporaryPath)
    }
  }
}
