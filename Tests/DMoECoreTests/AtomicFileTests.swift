import Foundation
import Testing
import _TestSupport

@testable import DMoECore

@Suite struct AtomicFileTests {
  @Test func aFailedWriteLeavesTheOldFileAndNothingElse() throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("a", Data("old".utf8))
    #expect(throws: CoreError.nonFinite("x")) {
      try AtomicFile.write(to: url) { output throws(CoreError) in
        try output.append(Data("half".utf8))
        throw .nonFinite("x")
      }
    }
    #expect(try Data(contentsOf: url) == Data("old".utf8))
    #expect(try folder.contents == ["a"])
  }

  @Test func writingIntoAMissingFolderNamesTheFile() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("no/a")
    let error = #expect(throws: CoreError.self) { try AtomicFile.write(Data("x".utf8), to: url) }
    guard case .unwritableFile(url.path, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aFolderIsNotReplacedByAFile() throws {
    let folder = try TemporaryFolder()
    let inner = folder.url.appendingPathComponent("inner")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
    #expect(throws: CoreError.self) { try AtomicFile.write(Data("x".utf8), to: inner) }
    #expect(try folder.contents == ["inner"])
  }

  @Test func aLinkIsFollowedAndStays() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("file", Data("old".utf8))
    let link = folder.url.appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
    try AtomicFile.write(Data("new".utf8), to: link)
    #expect(try Data(contentsOf: file) == Data("new".utf8))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
    #expect(Set(try folder.contents) == ["file", "link"])
  }

  @Test func aPipeIsWrittenIntoAndStays() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.url.appendingPathComponent("pipe")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    // Open for both, so that neither end waits for the other.
    let descriptor = open(pipe.path, O_RDWR | O_NONBLOCK)
    defer { close(descriptor) }
    try AtomicFile.write(Data("text".utf8), to: pipe)
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = read(descriptor, &bytes, 16)
    #expect(count == 4 && Array(bytes.prefix(4)) == Array("text".utf8))
    #expect(try folder.contents == ["pipe"])
  }
}
