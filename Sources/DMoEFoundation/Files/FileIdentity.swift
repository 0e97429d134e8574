package import Foundation

/// What tells a file from every other one, and from what it was before somebody wrote into it: its place on the disk, its
/// size, and when its content and its entry were last changed.
///
/// A program can set the time of a file's content back, but not that of its entry.
package struct FileIdentity: Sendable, Hashable, Codable {
  private let device: UInt64
  private let inode: UInt64
  /// In bytes.
  package let size: Int64
  /// In nanoseconds since 1970.
  private let modified: Int64
  /// In nanoseconds since 1970.
  private let changed: Int64

  /// The identity of a file as the system describes it.
  package init(_ status: stat) {
    func nanoseconds(_ time: timespec) -> Int64 { Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec) }
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    size = Int64(status.st_size)
    #if canImport(Darwin)
      (modified, changed) = (nanoseconds(status.st_mtimespec), nanoseconds(status.st_ctimespec))
    #else
      (modified, changed) = (nanoseconds(status.st_mtim), nanoseconds(status.st_ctim))
    #endif
  }

  /// The identity of what is at a place, links followed; nil if there is nothing.
  package init?(of url: URL) {
    var status = stat()
    guard stat(url.path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// When content or entry were last changed.
  var lastChange: Date { Date(timeIntervalSince1970: Double(max(modified, changed)) * 1e-9) }
}
