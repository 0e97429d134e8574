import DMoEFoundation
import Foundation

/// Reads and writes at places of an open file; closes it at its end.
final class JournalFile: Sendable {
  let path: String
  private let descriptor: Int32

  /// Opens a journal for reading, or for appending under an exclusive lock that lasts as long as the object.
  init(_ url: URL, writing: Bool) throws(LabelError) {
    path = url.path
    descriptor = open(path, (writing ? O_RDWR | O_CREAT | O_APPEND : O_RDONLY) | O_CLOEXEC | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else { throw .unreadableJournal(path: path, reason: SystemReason.last) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .notAJournal(path: path) }
    guard writing else { return }
    switch FileLock(of: descriptor) {
    case .acquired: break
    case .heldElsewhere: throw .journalInUse(path: path)
    case .unavailable(let reason): throw .unreadableJournal(path: path, reason: "it cannot be locked: \(reason)")
    }
  }

  deinit {
    // The descriptor is negative if it could not be opened.
    if descriptor >= 0 { close(descriptor) }
  }

  /// The bytes at a place, fewer at the end of the file.
  func read(at offset: Int, count: Int) throws(LabelError) -> Data {
    var data = Data(count: count)
    var filled = 0
    while filled < count {
      let read = data.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { pread(descriptor, $0 + filled, count - filled, off_t(offset + filled)) } ?? 0
      }
      if read == 0 { break }
      if read > 0 {
        filled += read
      } else if errno != EINTR {
        throw .unreadableJournal(path: path, reason: SystemReason.last)
      }
    }
    return filled == count ? data : data.prefix(filled)
  }

  /// Appends bytes, with one call unless the system takes only part of them.
  func append(_ data: Data) throws(LabelError) {
    var written = 0
    while written < data.count {
      let count = data.withUnsafeBytes { bytes in
        bytes.baseAddress.map { write(descriptor, $0 + written, data.count - written) } ?? 0
      }
      if count > 0 {
        written += count
      } else if count == 0 || errno != EINTR {
        throw failure(count == 0 ? ENOSPC : errno)
      }
    }
  }

  /// Cuts off what lies behind a place.
  func truncate(to length: Int) throws(LabelError) {
    if ftruncate(descriptor, off_t(length)) != 0 { throw failure(errno) }
  }

  /// Has the system bring everything to the disk.
  func synchronize() throws(LabelError) {
    if fsync(descriptor) != 0 { throw failure(errno) }
  }

  private func failure(_ code: Int32) -> LabelError {
    .unwritableJournal(path: path, reason: SystemReason.of(code))
  }
}
