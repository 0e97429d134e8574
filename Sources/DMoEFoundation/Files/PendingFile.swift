package import Foundation

/// A file that is written beside its place, and put there once it is whole.
///
/// Append, `finish`, `commit`; or `discard` at any moment. Several files can be finished before the first is committed.
/// The hidden file is locked until then. One that nobody has locked was left by a process that was killed, and is removed
/// by the next that writes to the same place.
package struct PendingFile<Failure: FileFailure>: Sendable {
  private let path: String
  /// Nil for what is written in place: there is nothing to rename or to remove.
  private let temporaryPath: String?
  private let handle: FileHandle

  /// Opens a hidden file beside the one to replace; what is neither a file nor a folder is opened itself.
  ///
  /// - Throws: `Failure.unwritableFile` naming the target file, as do all functions.
  package init(replacing url: URL) throws(Failure) {
    let url = url.resolvingSymlinksInPath()
    path = url.path
    let descriptor: Int32
    if Self.isSpecial(url) {
      temporaryPath = nil
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
    } else {
      let (created, name) = Self.createFile(beside: url)
      temporaryPath = name
      descriptor = created
    }
    guard descriptor >= 0 else { throw .unwritableFile(path: path, reason: SystemReason.last) }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Whether something is there that cannot be replaced without harm, such as a pipe.
  private static func isSpecial(_ url: URL) -> Bool {
    var status = stat()
    return stat(url.path, &status) == 0 && ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  /// The name is never random, never another writer's.
  private static func createFile(beside url: URL) -> (descriptor: Int32, path: String) {
    removeLeftovers(of: url)
    let folder = url.deletingLastPathComponent()
    var candidate = ""
    for attempt in 0..<1000 {
      candidate = folder.appendingPathComponent(".\(url.lastPathComponent).\(getpid()).\(attempt)").path
      let descriptor = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else {
        if errno == EEXIST { continue }
        return (descriptor, candidate)
      }
      var status = stat()
      let isHeld = FileLock(of: descriptor) != .heldElsewhere
      if isHeld, fstat(descriptor, &status) == 0, status.st_nlink > 0 { return (descriptor, candidate) }
      // Another process took it for left over before it was locked.
      close(descriptor)
    }
    return (-1, candidate)
  }

  /// Removes what processes that were killed have left of this file: nobody has it locked.
  private static func removeLeftovers(of url: URL) {
    let folder = url.deletingLastPathComponent()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where isLeftover(name, of: url.lastPathComponent) {
      let path = folder.appendingPathComponent(name).path
      let descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      if FileLock(of: descriptor) == .acquired { unlink(path) }
      close(descriptor)
    }
  }

  /// Whether a name is one of those that the hidden files of a place have: its own, a process and a number.
  private static func isLeftover(_ name: String, of target: String) -> Bool {
    guard name.hasPrefix(".\(target).") else { return false }
    let numbers = name.dropFirst(target.count + 2).split(separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 2 && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
  }

  /// Writes all of `bytes` at the end.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      // The base address of a non-empty buffer is not nil; the system refuses a nil one.
      let written = write(handle.fileDescriptor, piece.baseAddress, min(piece.count, 1 << 30))
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw .unwritableFile(path: path, reason: SystemReason.last) }
      rest = rest.dropFirst(written)
    }
  }

  /// Writes all of `data` at the end.
  package func append(_ data: Data) throws(Failure) {
    // A closure cannot rethrow a typed error out of `withUnsafeBytes` of Data.
    let result = data.withUnsafeBytes { bytes in
      Result { () throws(Failure) in try append(bytes) }
    }
    try result.get()
  }

  /// Ends the writing: everything is on the disk, under the hidden name.
  package func finish() throws(Failure) {
    if temporaryPath != nil {
      guard fsync(handle.fileDescriptor) == 0 else { throw .unwritableFile(path: path, reason: SystemReason.last) }
      return
    }
    do { try handle.close() } catch { throw .unwritableFile(path: path, reason: SystemReason.of(error)) }
  }

  /// Puts the finished file in its place, in one step.
  package func commit() throws(Failure) {
    guard let temporaryPath else { return }
    // rename(2) replaces an existing file in one step, which FileManager.moveItem refuses to.
    guard rename(temporaryPath, path) == 0 else { throw .unwritableFile(path: path, reason: SystemReason.last) }
    // Not before: the lock ends with it. What it could tell of, fsync has told of.
    try? handle.close()
    synchronizeFolder()
  }

  /// Closes the file, and removes it unless it is in its place.
  package func discard() {
    try? handle.close()
    if let temporaryPath { unlink(temporaryPath) }
  }

  /// The rename itself reaches the disk with the folder. Some file systems cannot synchronize a folder; the new file
  /// is complete either way, so a failure here is none of the caller's.
  private func synchronizeFolder() {
    let descriptor = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
