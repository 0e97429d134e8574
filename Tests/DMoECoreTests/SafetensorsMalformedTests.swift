import DMoECore
import Foundation
import Testing
import _TestSupport

struct SafetensorsMalformedTests {
  /// Opens a file of this header and so many bytes of data.
  private func open(_ header: String, data: Int, length: UInt64? = nil) throws -> SafetensorsFile {
    try open(Array(header.utf8), data: data, length: length)
  }

  private func open(_ header: [UInt8], data: Int, length: UInt64? = nil) throws -> SafetensorsFile {
    let folder = try TemporaryFolder()
    let length = length ?? UInt64(header.count)
    let start = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    return try SafetensorsFile(contentsOf: folder.file("a", Data(start + header + [UInt8](repeating: 0, count: data))))
  }

  private func tensor(
    _ name: String, _ begin: Int, _ end: Int, shape: String = "[2]", dtype: String = "F32"
  ) -> String {
    #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}"#
  }

  @Test func theHelperMakesAGoodFile() throws {
    let file = try open("{\(tensor("a", 0, 8)), \(tensor("b", 8, 16))} \n", data: 16)
    #expect(file.names == ["a", "b"])
  }

  @Test func lengthsAreBounded() {
    #expect(malformedReason { try open("{}", data: 0, length: 3) }.contains("ends within the header"))
    #expect(malformedReason { try open("{}", data: 0, length: 100_000_001) }.contains("longer than"))
    #expect(malformedReason { try open("{}", data: 0, length: .max) }.contains("longer than"))
    #expect(malformedReason { try open("", data: 0) }.contains("brace"))
  }

  @Test func theDataIsCoveredExactlyOnce() {
    let hole = "{\(tensor("a", 0, 8)),\(tensor("b", 12, 20))}"
    #expect(malformedReason { try open(hole, data: 20) }.contains("a hole or an overlap"))
    let overlap = "{\(tensor("a", 0, 8)),\(tensor("b", 4, 12))}"
    #expect(malformedReason { try open(overlap, data: 12) }.contains("a hole or an overlap"))
    #expect(malformedReason { try open("{\(tensor("a", 4, 12))}", data: 12) }.contains("a hole"))
    #expect(malformedReason { try open("{\(tensor("a", 0, 8))}", data: 7) }.contains("behind the end"))
    #expect(malformedReason { try open("{\(tensor("a", 0, 8))}", data: 9) }.contains("take 8 bytes"))
  }

  @Test func theSizeFollowsFromTypeAndShape() {
    #expect(malformedReason { try open("{\(tensor("a", 0, 12))}", data: 12) }.contains("offsets"))
    #expect(malformedReason { try open("{\(tensor("a", 0, 8, dtype: "F16"))}", data: 8) }.contains("offsets"))
    #expect(malformedReason { try open("{\(tensor("a", 8, 0))}", data: 8) }.contains("tensor a"))
    let huge = "[4294967296,4294967296]"
    #expect(malformedReason { try open("{\(tensor("a", 0, 0, shape: huge))}", data: 0) }.contains("offsets"))
    let nothing = "[9223372036854775807,9223372036854775807,0]"
    #expect(malformedReason { try open("{\(tensor("a", 0, 0, shape: nothing))}", data: 0) }.contains("offsets"))
    #expect(malformedReason { try open("{\(tensor("a", 0, Int.max))}", data: 8) }.contains("offsets"))
  }

  @Test func anUnknownTypeIsNamed() throws {
    let error = #expect(throws: CoreError.self) {
      _ = try open("{\(tensor("a", 0, 8, dtype: "F7"))}", data: 8)
    }
    guard case .unsupportedTensorType("a", _, "F7")? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func nothingIsThereTwice() {
    #expect(malformedReason { try open("{\(tensor("a", 0, 8)),\(tensor("a", 8, 16))}", data: 16) }.contains("twice"))
    #expect(malformedReason { try open(#"{"__metadata__":{"a":"1","a":"2"}}"#, data: 0) }.contains("twice"))
    #expect(malformedReason { try open(#"{"__metadata__":{},"__metadata__":{}}"#, data: 0) }.contains("twice"))
    let twoTypes = #"{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    #expect(malformedReason { try open(twoTypes, data: 8) }.contains("twice"))
  }

  @Test(arguments: [
    "{", "{}x", " {}", "[]", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1}"#, #"{"a":{}}"#, #"{"a":{},}"#,
    #"{"__metadata__":{"a":1}}"#, #"{"__metadata__":{"a":null}}"#, #"{"__metadata__":{"a":"\x"}}"#,
    #"{"__metadata__":{"a":"\u12"}}"#, #"{"__metadata__":{"a":"\ud800"}}"#, #"{"__metadata__":{"a":"\ud800\u0041"}}"#,
    #"{"__metadata__":{"a":"\udc00"}}"#, "{\"__metadata__\":{\"a\":\"\n\"}}", #"{"__metadata__":{"a":"b"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":"x"}}"#,
    #"{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}"#,
    #"{"a":{"shape":[2],"data_offsets":[0,8]}}"#,
  ])
  func brokenHeadersAreMalformed(header: String) {
    #expect(!malformedReason { try open(header, data: 8) }.isEmpty)
  }

  @Test func textMustBeUTF8() {
    let header = Array(#"{"__metadata__":{"a":""#.utf8) + [0xC3, 0x28] + Array(#""}}"#.utf8)
    #expect(malformedReason { try open(header, data: 0) }.contains("UTF-8"))
    let overlong = Array(#"{"__metadata__":{"a":""#.utf8) + [0xC0, 0xAF] + Array(#""}}"#.utf8)
    #expect(malformedReason { try open(overlong, data: 0) }.contains("UTF-8"))
  }

  @Test func surrogatePairsAreOneCharacter() throws {
    #expect(try open(#"{"__metadata__":{"a":"\ud83d\uDE42\/\b"}}"#, data: 0).metadata == ["a": "🙂/\u{8}"])
  }

  @Test func everyTruncationIsAnError() throws {
    let whole = try WeightFixtures.data("formats.safetensors")
    let folder = try TemporaryFolder()
    for length in 1..<whole.count {
      let url = try folder.file("a", whole.prefix(length))
      #expect(throws: CoreError.self, "\(length) bytes") { _ = try SafetensorsFile(contentsOf: url) }
    }
  }

  @Test func damagedFilesNeverCrash() throws {
    let whole = try WeightFixtures.data("formats.safetensors")
    let folder = try TemporaryFolder()
    var random = RandomSource(seed: 3)
    var refused = 0
    for _ in 0..<1000 {
      var data = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        data[Int.random(in: 0..<data.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        let file = try SafetensorsFile(contentsOf: folder.file("a", data))
        for name in file.names where file.format(of: name)?.isReadable == true {
          _ = try file.tensor(named: name).matrix()
        }
      } catch is CoreError {
        refused += 1
      }
    }
    // Most of the file is header, so most damage must be found.
    #expect(refused > 300)
  }
}
