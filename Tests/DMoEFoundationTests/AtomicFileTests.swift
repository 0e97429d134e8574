import DMoEFoundation
import Foundation
import Testing
import _TestSupport

/// What the tests' files fail with.
enum TestFailure: FileFailure, Equatable {
  case unwritableFile(path: String, reason: String)
  case stopped
}

@Suite struct AtomicFileTests {
  @Test func aFailedWriteLeavesTheOldFileAndNothingElse() throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("a", Data("old".utf8))
    #expect(throws: TestFailure.stopped) {
      try AtomicFile<TestFailure>.write(to: url) { output throws(TestFailure) in
        try output.append(Data("half".utf8))
        throw .stopped
      }
    }
    #expect(try Data(contentsOf: url) == Data("old".utf8))
    #expect(try folder.contents == ["a"])
  }

  @Test func writingIntoAMissingFolderNamesTheFile() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("no/a")
    let error = #expect(throws: TestFailure.self) { try AtomicFile<TestFailure>.write(Data("x".utf8), to: url) }
    guard case .unwritableFile(url.path, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aFolderIsNotReplacedByAFile() throws {
    let folder = try TemporaryFolder()
    let inner = folder.url.appendingPathComponent("inner")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
    #expect(throws: TestFailure.self) { try AtomicFile<TestFailure>.write(Data("x".utf8), to: inner) }
    #expect(try folder.contents == ["inner"])
  }

  @Test func aLinkIsFollowedAndStays() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("file", Data("old".utf8))
    let link = folder.url.appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
    try AtomicFile<TestFailure>.write(Data("new".utf8), to: link)
    #expect(try Data(contentsOf: file) == Data("new".utf8))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
    #expect(Set(try folder.contents) == ["file", "link"])
  }

  /// A device that were replaced by a file would be gone for every program.
  @Test func aDeviceIsWrittenIntoAndStaysOne() throws {
    let url = URL(fileURLWithPath: "/dev/full")
    #expect(throws: TestFailure.unwritableFile(path: "/dev/full", reason: "No space left on device")) {
      try AtomicFile<TestFailure>.write(Data("x".utf8), to: url)
    }
    let kind = try FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
    #expect(kind == .typeCharacterSpecial)
    try AtomicFile<TestFailure>.write(Data("x".utf8), to: URL(fileURLWithPath: "/dev/null"))
  }

  @Test func finishedFilesTakeTheirPlacesTogether() throws {
    let folder = try TemporaryFolder()
    let urls = try ["a", "b"].map { try folder.file($0, Data("old".utf8)) }
    let files = try urls.map { try PendingFile<TestFailure>(replacing: $0) }
    for file in files {
      try file.append(Data("new".utf8))
      try file.finish()
    }
    #expect(try urls.map { try Data(contentsOf: $0) } == [Data("old".utf8), Data("old".utf8)])
    try files[0].commit()
    // What is in its place stays there.
    for file in files { file.discard() }
    #expect(try urls.map { try Data(contentsOf: $0) } == [Data("new".utf8), Data("old".utf8)])
    #expect(Set(try folder.contents) == ["a", "b"])
  }

  /// What a killed process was writing has no lock; what another one is writing, or has finished and not yet put in its
  /// place, has.
  @Test func whatAKilledProcessLeftIsRemovedAndNoOthersFile() throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("a", Data("old".utf8))
    let left = try folder.file(".a.4000000.0", Data("half".utf8))
    let others = [".a.b.0", ".a.1", ".ab.1.0", "a.1.0", ".a.1.0x"]
    for name in others { _ = try folder.file(name, Data("x".utf8)) }
    let finished = try PendingFile<TestFailure>(replacing: url)
    try finished.append(Data("first".utf8))
    try finished.finish()
    let under = try PendingFile<TestFailure>(replacing: url)
    #expect(!FileManager.default.fileExists(atPath: left.path))
    #expect(try folder.contents.count == 1 + others.count + 2)
    try AtomicFile<TestFailure>.write(Data("second".utf8), to: url)
    try finished.commit()
    #expect(try Data(contentsOf: url) == Data("first".utf8))
    try under.append(Data("third".utf8))
    try under.finish()
    try under.commit()
    #expect(try Data(contentsOf: url) == Data("third".utf8))
    #expect(Set(try folder.contents) == Set(["a"] + others))
  }

  @Test func aPipeIsWrittenIntoAndStays() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.url.appendingPathComponent("pipe")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    // Open for both, so that neither end waits for the other.
    let descriptor = open(pipe.path, O_RDWR | O_NONBLOCK)
    defer { close(descriptor) }
    try AtomicFile<TestFailure>.write(Data("text".utf8), to: pipe)
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = read(descriptor, &bytes, 16)
    #expect(count == 4 && Array(bytes.prefix(4)) == Array("text".utf8))
    #expect(try folder.contents == ["pipe"])
  }
}
