package import Foundation

/// A file mapped read-only into memory: pages are read when they are touched and shared between processes.
///
/// The file must not shrink while it is mapped; the operating system ends the process that reads behind the new end.
/// `AtomicFile` replaces files instead of rewriting them, so a mapped file that is written anew stays as it was.
package final class MappedFile: TensorBytes {
  /// The path of the file, for error messages.
  package let path: String
  /// The number of bytes, at least one.
  package let count: Int
  /// Tells it from other files, and from what it is after somebody wrote into it.
  package let identity: FileIdentity
  // Shared by threads: the mapping is read-only, and ends with this object.
  private nonisolated(unsafe) let base: UnsafeRawPointer

  /// The content, valid while this object lives.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// - Throws: `CoreError.unreadableFile` if the file is missing, empty, no regular file, or cannot be mapped.
  package init(contentsOf url: URL) throws(CoreError) {
    path = url.path
    // A named pipe that nobody writes into would not open otherwise.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadableFile(path: path, reason: SystemReason.last) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadableFile(path: path, reason: SystemReason.last) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadableFile(path: path, reason: "not a regular file") }
    guard status.st_size > 0 else { throw .unreadableFile(path: path, reason: "the file is empty") }
    guard let size = Int(exactly: status.st_size) else {
      throw .unreadableFile(path: path, reason: "the file is larger than the address space")
    }
    guard let map = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), map != MAP_FAILED else {
      throw .unreadableFile(path: path, reason: SystemReason.last)
    }
    count = size
    identity = FileIdentity(status)
    base = UnsafeRawPointer(map)
  }

  /// Gives the pages that were read back to the system; whatever is needed again comes from the file or its cache.
  package func forgetPages() { madvise(UnsafeMutableRawPointer(mutating: base), count, MADV_DONTNEED) }

  deinit { munmap(UnsafeMutableRawPointer(mutating: base), count) }
}
