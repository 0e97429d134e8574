import DMoEFoundation
import Foundation
import Testing
import _TestSupport

@Suite struct FileLockTests {
  @Test func aLockHoldsUntilItsFileIsClosed() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("lock")
      try Data().write(to: url)
      let first = try FileHandle(forReadingFrom: url)
      let second = try FileHandle(forReadingFrom: url)
      #expect(FileLock(of: first.fileDescriptor) == .acquired)
      #expect(FileLock(of: first.fileDescriptor) == .acquired, "asking again is no conflict")
      #expect(FileLock(of: second.fileDescriptor) == .heldElsewhere)
      try first.close()
      #expect(FileLock(of: second.fileDescriptor) == .acquired)
    }
  }

  @Test func whatCannotBeLockedSaysWhy() {
    #expect(FileLock(of: -1) == .unavailable(reason: "Bad file descriptor"))
  }
}
