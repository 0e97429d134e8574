import DMoECore
import Foundation
import Testing
import _TestSupport

struct MappedFileTests {
  @Test func aMapHoldsTheBytesOfTheFile() throws {
    let folder = try TemporaryFolder()
    let content = Data((0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 7) })
    let file = try MappedFile(contentsOf: folder.file("a", content))
    #expect(file.count == 10_000)
    #expect(Data(file.bytes) == content)
    withExtendedLifetime(file) {}
  }

  @Test func whatIsNoFileWithBytesIsUnreadable() throws {
    let folder = try TemporaryFolder()
    let empty = try folder.file("empty")
    #expect(FileManager.default.createFile(atPath: empty.path, contents: nil))
    // Into which nobody writes.
    let pipe = folder.url.appendingPathComponent("pipe")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    for (url, reason) in [
      (folder.url.appendingPathComponent("missing"), "No such file"), (empty, "empty"), (folder.url, "not a regular"),
      (pipe, "not a regular"),
    ] {
      let error = #expect(throws: CoreError.self) { _ = try MappedFile(contentsOf: url) }
      guard case .unreadableFile(url.path, let found)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(found.contains(reason))
    }
  }

  @Test func aMappedFileKeepsItsContentWhenItIsReplaced() throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("a", Data("old".utf8))
    let file = try MappedFile(contentsOf: url)
    try AtomicFile<CoreError>.write(Data("newer".utf8), to: url)
    #expect(Data(file.bytes) == Data("old".utf8))
    #expect(try Data(contentsOf: url) == Data("newer".utf8))
    #expect(try folder.contents == ["a"])
    withExtendedLifetime(file) {}
  }
}
