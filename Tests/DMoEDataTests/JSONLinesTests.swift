@_spi(Command) import DMoEData
import Foundation
import Testing

@Suite struct JSONLinesTests {
  private func read(_ reader: consuming JSONLines) throws -> [String] {
    var found: [String] = []
    while let line = try reader.next() {
      found.append("\(line.number):\(String(decoding: line.bytes, as: UTF8.self))")
    }
    return found
  }

  @Test func blankLinesAreSkippedButCounted() throws {
    #expect(try read(lines("\na\n \t\r\n\r\nb\n\n")) == ["2:a", "5:b"])
    #expect(try read(lines("")) == [])
    #expect(try read(lines("\n")) == [])
  }

  @Test func lineEndsMayBeCRLFOrMissing() throws {
    #expect(try read(lines("a\r\nb\nc")) == ["1:a", "2:b", "3:c"])
    #expect(try read(lines("a\r")) == ["1:a"])
  }

  @Test func aByteOrderMarkIsSkipped() throws {
    #expect(try read(lines("\u{FEFF}a\nb")) == ["1:a", "2:b"])
  }

  @Test func gzipIsRefusedByName() throws {
    let gzip = Data([0x1F, 0x8B, 0x08, 0x00])
    #expect(throws: DataError.compressedFile(path: "x.gz")) {
      try read(JSONLines(data: gzip, name: "x.gz"))
    }
    #expect("\(DataError.compressedFile(path: "x.gz"))".contains("zcat"))
  }

  @Test func aMissingFileIsUnreadable() {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    do {
      _ = try JSONLines(contentsOf: url)
      Issue.record("no error")
    } catch .unreadableFile(let path, _) {
      #expect(path == url.path)
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func filesGiveTheSameLinesAsMemoryAcrossChunkBorders() throws {
    // Lines of many lengths, some longer than a chunk of 256 KiB, so that their ends fall everywhere in chunks.
    let texts = (0..<60).map { String(repeating: Character(Unicode.Scalar(UInt8(97 + $0 % 26))), count: $0 * 9001 + 1) }
    let data = Data(texts.joined(separator: "\r\n").utf8)
    let expected = texts.enumerated().map { "\($0.offset + 1):\($0.element)" }
    #expect(try read(JSONLines(data: data, name: "")) == expected)
    #expect(try withTemporaryFile(data) { try read(JSONLines(contentsOf: $0)) } == expected)
  }

  @Test func pipesAreRead() throws {
    let pipe = Pipe()
    try pipe.fileHandleForWriting.write(contentsOf: Data("a\nb".utf8))
    try pipe.fileHandleForWriting.close()
    #expect(try read(JSONLines(handle: pipe.fileHandleForReading, name: "-")) == ["1:a", "2:b"])
  }

  // The shorter line reaches only a few bytes into the second chunk, where it looks short.
  @Test(arguments: [1_000_000, 1 << 18]) func readingGoesOnAfterALineThatIsTooLong(length: Int) throws {
    let long = String(repeating: "x", count: length)
    let data = Data("a\n\(long)\nb\n\(long)".utf8)
    try withTemporaryFile(data) { url in
      var reader = try JSONLines(contentsOf: url, maximumLineLength: 100)
      #expect(try reader.next()?.number == 1)
      let reason = "longer than 100 bytes"
      do throws(DataError) {
        _ = try reader.next()
        Issue.record("no error")
      } catch {
        #expect(error == .badLine(file: url.path, line: 2, reason: reason))
      }
      let third = try reader.next()
      #expect(third?.number == 3 && third?.bytes == Data("b".utf8))
      do throws(DataError) {
        _ = try reader.next()
        Issue.record("no error")
      } catch {
        #expect(error == .badLine(file: url.path, line: 4, reason: reason))
      }
      #expect(try reader.next() == nil)
    }
  }
}
