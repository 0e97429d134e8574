import DMoEFoundation
import Foundation
import Testing
import _TestSupport

@Suite struct FileFactsTests {
  /// An hour from now: files of a test count as settled.
  private static let later: @Sendable () -> Date = { Date(timeIntervalSinceNow: 3600) }

  private func facts(
    _ files: [URL], fallback: URL? = nil, now: @escaping @Sendable () -> Date = FileFactsTests.later
  ) throws -> FileFacts {
    FileFacts(of: files, try files.map { try #require(FileIdentity(of: $0)) }, fallback: fallback, now: now)
  }

  @Test func whatWasRememberedIsKnownToTheNextOne() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("model.gguf", Data("weights".utf8))
    #expect(try facts([file])["hash"] == nil)
    try facts([file]).remember("hash", "abc")
    try facts([file]).remember("other", "x")
    #expect(try facts([file])["hash"] == "abc")
    #expect(try facts([file])["other"] == "x")
    #expect(try folder.contents == [".model.gguf.facts", "model.gguf"])
  }

  @Test func aFactIsReplacedByANewerOneOfItsName() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a", Data("weights".utf8))
    for value in ["1", "2"] { try facts([file]).remember("hash", value) }
    #expect(try facts([file])["hash"] == "2")
  }

  @Test func theOldestFactsGiveWay() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a", Data("weights".utf8))
    for number in 0..<65 { try facts([file]).remember("\(number)", "x") }
    #expect(try facts([file])["0"] == nil)
    #expect(try facts([file])["1"] == "x")
    #expect(try facts([file])["64"] == "x")
  }

  @Test func aChangedFileHasNoFactsEvenIfSizeAndTimeAreSetBack() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a", Data("weights".utf8))
    let old = try FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate]
    try facts([file]).remember("hash", "abc")
    let handle = try FileHandle(forWritingTo: file)
    try handle.write(contentsOf: Data("WEIGHTS".utf8))
    try handle.close()
    try FileManager.default.setAttributes([.modificationDate: try #require(old)], ofItemAtPath: file.path)
    #expect(try facts([file])["hash"] == nil)
  }

  @Test func aCopyUnderTheSameNameHasNoFacts() throws {
    let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
    let file = try folder.file("a", Data("weights".utf8))
    try facts([file]).remember("hash", "abc")
    let copy = other.url.appendingPathComponent("a")
    for name in ["a", ".a.facts"] {
      try FileManager.default.copyItem(
        at: folder.url.appendingPathComponent(name), to: other.url.appendingPathComponent(name))
    }
    #expect(try facts([copy])["hash"] == nil)
  }

  @Test func everyFileOfSeveralCounts() throws {
    let folder = try TemporaryFolder()
    let files = [try folder.file("a", Data("one".utf8)), try folder.file("b", Data("two".utf8))]
    try facts(files).remember("hash", "abc")
    #expect(try facts(files)["hash"] == "abc")
    #expect(try facts([files[0]])["hash"] == nil)
    try Data("three".utf8).write(to: files[1])
    #expect(try facts(files)["hash"] == nil)
  }

  @Test(arguments: ["", "{", "{\"version\":1}", "{\"version\":2,\"files\":[],\"facts\":[]}", "\u{0}\u{1}"])
  func aBrokenRecordHasNoFactsAndIsReplaced(_ content: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a", Data("weights".utf8))
    let record = folder.url.appendingPathComponent(".a.facts")
    try Data(content.utf8).write(to: record)
    #expect(try facts([file])["hash"] == nil)
    try facts([file]).remember("hash", "abc")
    #expect(try facts([file])["hash"] == "abc")
  }

  @Test func aFileThatWasChangedAMomentAgoIsNotRemembered() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a", Data("weights".utf8))
    let changed = try #require(FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date)
    try facts([file], now: { changed.addingTimeInterval(1) }).remember("hash", "abc")
    #expect(try folder.contents == ["a"])
  }

  @Test func aFileThatWasReplacedSinceItWasOpenedIsNotRemembered() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a", Data("weights".utf8))
    let facts = try facts([file])
    try Data("other".utf8).write(to: file, options: .atomic)
    facts.remember("hash", "abc")
    #expect(try folder.contents == ["a"])
  }

  @Test func aPlaceThatCannotBeWrittenHasItsRecordInTheFolderOfTheUser() throws {
    let (folder, cache) = (try TemporaryFolder(), try TemporaryFolder())
    let file = try folder.file("a", Data("weights".utf8))
    // A folder in the record's place: who runs as root can write into a folder that is read-only.
    let taken = folder.url.appendingPathComponent(".a.facts")
    try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: false)
    let fallback = cache.url.appendingPathComponent("facts")
    try facts([file], fallback: fallback).remember("hash", "abc")
    #expect(try facts([file], fallback: fallback)["hash"] == "abc")
    #expect(try FileManager.default.contentsOfDirectory(atPath: fallback.path).count == 1)
    #expect(try facts([file])["hash"] == nil)
  }
}
