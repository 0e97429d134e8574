import DMoECore
import Foundation
import Testing
import _TestSupport

struct SafetensorsWriterTests {
  private let tensors: [(name: String, shape: [Int], values: Matrix)] = [
    ("b.weight", [2, 3], Matrix(2, 3, [1, -2, 3.5, 0, -0.0, 1e-30])),
    ("a\n\"\\\u{1}é", [3], Matrix(row: [7, 8, 9])),
    ("cube", [1, 2, 2], Matrix(2, 2, [1, 2, 3, 4])),
    ("none", [0, 4], Matrix(zeros: 0, 4)),
  ]

  @Test func whatIsWrittenIsReadBack() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a.safetensors")
    let metadata = ["format": "pt", "odd \"key\"": "\u{0}\t\\ 世界"]
    try SafetensorsWriter.write(tensors, metadata: metadata, to: url)
    let file = try SafetensorsFile(contentsOf: url)
    #expect(file.metadata == metadata)
    #expect(file.names == tensors.map(\.name).sorted())
    for tensor in tensors {
      let stored = try file.tensor(named: tensor.name)
      #expect(stored.shape == tensor.shape)
      #expect(stored.dequantized().bits == tensor.values.elements.bits)
    }
    #expect(try folder.contents == ["a.safetensors"])
  }

  @Test func theBytesDependOnTheContentOnly() throws {
    let folder = try TemporaryFolder()
    let first = folder.url.appendingPathComponent("1")
    let second = folder.url.appendingPathComponent("2")
    try SafetensorsWriter.write(tensors, metadata: ["a": "1", "b": "2", "c": "3"], to: first)
    try SafetensorsWriter.write(tensors.reversed(), metadata: ["c": "3", "b": "2", "a": "1"], to: second)
    #expect(try Data(contentsOf: first) == Data(contentsOf: second))
  }

  @Test func theFileIsTheFormatsByteForByte() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a")
    try SafetensorsWriter.write([("w", [1], Matrix(row: [1]))], metadata: ["format": "pt"], to: url)
    let text = #"{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    let header = text + String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
    let expected = [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [0, 0, 0x80, 0x3F]
    #expect(try Data(contentsOf: url) == Data(expected))
    #expect(header.utf8.count % 8 == 0)
  }

  @Test func aFileOfNoTensorsIsAFile() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a")
    try SafetensorsWriter.write([], to: url)
    #expect(try SafetensorsFile(contentsOf: url).names == [])
  }
}
