import DMoEFoundation
package import Foundation

/// The lock of a run's folder, held as long as one of the values that share it: two processes never write one run.
package final class RunLock: Sendable {
  /// Its name in the folder.
  package static let fileName = "lock"
  private let handle: FileHandle

  /// Takes the lock of a folder that is there.
  ///
  /// - Throws: `Failure.runInUse`, `.unusableRun`.
  package init<Failure: RunFailure>(_ folder: URL, _ failure: Failure.Type) throws(Failure) {
    handle = try FileHandle.run(folder.appendingPathComponent(Self.fileName), failure)
    switch FileLock(of: handle.fileDescriptor) {
    case .acquired: break
    case .heldElsewhere: throw Failure.runInUse(path: folder.path)
    case .unavailable(let reason):
      throw Failure.unusableRun(path: folder.path, reason: "it cannot be locked: \(reason)")
    }
  }
}

extension FileHandle {
  /// A file of a run for reading and writing; it is made if it is missing, and no child process gets it.
  static func run<Failure: RunFailure>(_ url: URL, _ failure: Failure.Type) throws(Failure) -> FileHandle {
    let descriptor = Foundation.open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Failure.unusableRun(path: url.path, reason: SystemReason.last) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }
}
