import Foundation
import Testing

@testable import DMoEData

struct WholeFileTests {
  private static func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString, isDirectory: true)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  @Test func aFileIsReplacedOnlyAsAWhole() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appendingPathComponent("a")
    try WholeFile.write(to: url) { try $0.write(contentsOf: Data("old".utf8)) }
    let error = #expect(throws: DataError.self) {
      try WholeFile.write(to: url) { handle in
        try handle.write(contentsOf: Data("ne".utf8))
        throw POSIXError(.ENOSPC)
      }
    }
    #expect(error == .unwritableFile(path: url.path, reason: "No space left on device"))
    #expect(try Data(contentsOf: url) == Data("old".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
  }

  /// A device that were replaced by a file would be gone for every program.
  @Test func aDeviceIsWrittenIntoAndStaysOne() throws {
    let url = URL(fileURLWithPath: "/dev/full")
    let error = #expect(throws: DataError.self) {
      try WholeFile.write(to: url) { try $0.write(contentsOf: Data("x".utf8)) }
    }
    #expect(error == .unwritableFile(path: "/dev/full", reason: "No space left on device"))
    let kind = try FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
    #expect(kind == .typeCharacterSpecial)
    try WholeFile.write(to: URL(fileURLWithPath: "/dev/null")) { try $0.write(contentsOf: Data("x".utf8)) }
  }

  @Test func aLinkIsFollowedAndStays() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (file, link) = (folder.appendingPathComponent("file"), folder.appendingPathComponent("link"))
    try Data("old".utf8).write(to: file)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
    try WholeFile.write(to: link) { try $0.write(contentsOf: Data("new".utf8)) }
    #expect(try Data(contentsOf: file) == Data("new".utf8))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
  }
}
