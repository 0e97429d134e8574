import DMoECore
import Foundation
import Testing
import _TestSupport

struct GGUFMalformedTests {
  /// A GGUF file in the making.
  private struct Builder {
    var bytes: [UInt8] = Array("GGUF".utf8)

    init(version: UInt32 = 3, tensors: UInt64 = 0, pairs: UInt64 = 0) {
      add(version)
      add(tensors)
      add(pairs)
    }

    mutating func add(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func add(_ text: String) {
      add(UInt64(text.utf8.count))
      bytes += text.utf8
    }

    mutating func tensor(_ name: String, _ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0) {
      add(name)
      add(UInt32(dimensions.count))
      for dimension in dimensions { add(dimension) }
      add(type)
      add(offset)
    }

    mutating func pad(to multiple: Int = 32, data: Int) {
      bytes += [UInt8](repeating: 0, count: (multiple - bytes.count % multiple) % multiple + data)
    }

    func open() throws -> GGUFFile {
      let folder = try TemporaryFolder()
      return try GGUFFile(contentsOf: folder.file("a", Data(bytes)))
    }
  }

  private func tensorReason(_ build: (inout Builder) -> Void, count: UInt64 = 1, data: Int = 64) -> String {
    var builder = Builder(tensors: count)
    build(&builder)
    builder.pad(data: data)
    return malformedReason { try builder.open() }
  }

  private func pairReason(_ build: (inout Builder) -> Void, count: UInt64 = 1) -> String {
    var builder = Builder(pairs: count)
    build(&builder)
    builder.pad(data: 64)
    return malformedReason { try builder.open() }
  }

  @Test func theBuilderMakesAGoodFile() throws {
    var builder = Builder(tensors: 1, pairs: 1)
    builder.add("key")
    builder.add(4 as UInt32)
    builder.add(7 as UInt32)
    builder.tensor("a", [4, 2])
    builder.pad(data: 32)
    let file = try builder.open()
    #expect(try file.integer("key") == 7)
    #expect(try file.tensor(named: "a").shape == [2, 4])
    #expect(try Builder().open().names == [])
  }

  @Test func magicAndVersionAreChecked() {
    var builder = Builder()
    builder.bytes[3] = UInt8(ascii: "X")
    #expect(malformedReason { try builder.open() }.contains("GGUF"))
    #expect(malformedReason { try Builder(version: 2).open() }.contains("its version is 2"))
    #expect(malformedReason { try Builder(version: 0x0300_0000).open() }.contains("big endian"))
  }

  @Test func hostileCountsEndAtTheEndOfTheFile() {
    #expect(malformedReason { try Builder(tensors: .max).open() }.contains("tensor list"))
    #expect(malformedReason { try Builder(pairs: .max).open() }.contains("metadata"))
    #expect(malformedReason { try Builder(pairs: 1 << 40).open() }.contains("metadata"))
    #expect(pairReason { $0.add(UInt64.max) }.contains("a metadata key"))
    #expect(
      pairReason {
        $0.add("k")
        $0.add(8 as UInt32)
        $0.add(UInt64.max)
      }.contains("within k"))
    for kind in [0, 8, 10] as [UInt32] {
      let reason = pairReason {
        $0.add("k")
        $0.add(9 as UInt32)
        $0.add(kind)
        $0.add(UInt64.max / 2)
      }
      #expect(reason.contains("within k"))
    }
  }

  @Test func unknownAndNestedTypesAreNamed() {
    #expect(
      pairReason {
        $0.add("k")
        $0.add(13 as UInt32)
      } == "k has the unknown type 13")
    for kind in [9, 99] as [UInt32] {
      let reason = pairReason {
        $0.add("k")
        $0.add(9 as UInt32)
        $0.add(kind)
        $0.add(0 as UInt64)
      }
      #expect(reason == "k is an array of the unknown type \(kind)")
    }
    #expect(
      pairReason {
        $0.add("k")
        $0.add(7 as UInt32)
        $0.add(2 as UInt8)
      }.contains("k is a bool with the value 2"))
  }

  @Test func nothingIsThereTwice() {
    let keys = pairReason(
      {
        for _ in 0..<2 {
          $0.add("k")
          $0.add(0 as UInt32)
          $0.add(1 as UInt8)
        }
      }, count: 2)
    #expect(keys == "k appears twice")
    let tensors = tensorReason(
      {
        $0.tensor("a", [4])
        $0.tensor("a", [4], offset: 32)
      }, count: 2)
    #expect(tensors == "tensor a appears twice")
  }

  @Test(arguments: [0, 3, 48, UInt32.max])
  func alignmentIsAPowerOfTwo(alignment: UInt32) {
    let reason = pairReason {
      $0.add("general.alignment")
      $0.add(4 as UInt32)
      $0.add(alignment)
    }
    #expect(reason.contains("general.alignment"))
  }

  @Test func textMustBeUTF8() throws {
    let key = pairReason {
      $0.add(2 as UInt64)
      $0.bytes += [0xC3, 0x28]
      $0.add(0 as UInt32)
      $0.add(1 as UInt8)
    }
    #expect(key.contains("UTF-8"))
    // Lists are read when they are asked for, so that is when it shows.
    var list = Builder(pairs: 1)
    list.add("k")
    list.add(9 as UInt32)
    list.add(8 as UInt32)
    list.add(1 as UInt64)
    list.add(1 as UInt64)
    list.bytes += [0xFF]
    let file = try list.open()
    #expect(malformedReason { try file.strings("k") } == "k is not UTF-8")
  }

  @Test func tensorsLieInTheFileAlignedAndApart() {
    #expect(tensorReason { $0.tensor("a", [17]) }.contains("behind the end"))
    #expect(tensorReason { $0.tensor("a", [1], offset: 1 << 40) }.contains("behind the end"))
    #expect(tensorReason { $0.tensor("a", [1], offset: UInt64(Int.max) - 31) }.contains("behind the end"))
    #expect(tensorReason { $0.tensor("a", [1], offset: UInt64.max) }.contains("offset"))
    #expect(tensorReason { $0.tensor("a", [1], offset: 16) }.contains("not aligned"))
    let overlap = tensorReason(
      {
        $0.tensor("a", [16])
        $0.tensor("b", [4], offset: 32)
      }, count: 2)
    #expect(overlap == "tensor b overlaps another one")
  }

  @Test func dimensionsAreBounded() {
    #expect(tensorReason { $0.tensor("a", [1, 1, 1, 1, 1]) }.contains("5 dimensions"))
    #expect(tensorReason { $0.tensor("a", [UInt64.max]) }.contains("dimension"))
    #expect(tensorReason { $0.tensor("a", [1 << 32, 1 << 32]) }.contains("cannot have the shape"))
    #expect(tensorReason { $0.tensor("a", [1 << 62]) }.contains("cannot have the shape"))
    #expect(tensorReason { $0.tensor("a", [16, 2], type: 8) }.contains("q8_0 cannot have the shape [2, 16]"))
  }

  @Test(arguments: [(21 as UInt32, "IQ3_S"), (4, "ggml type 4"), (999, "ggml type 999")])
  func anUnreadTypeIsNamed(type: UInt32, name: String) {
    var builder = Builder(tensors: 1)
    builder.tensor("a", [256], type: type)
    builder.pad(data: 1024)
    let error = #expect(throws: CoreError.self) { _ = try builder.open() }
    guard case .unsupportedTensorType("a", _, name)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func everyTruncationIsAnError() throws {
    let whole = try WeightFixtures.data("formats.gguf")
    let folder = try TemporaryFolder()
    // Every byte of the header, which is less than a quarter of the file, and steps through the data. The writer pads
    // the last tensor, six integers, to 32 bytes: only that may be missing.
    let complete = whole.count - 8
    for length in Array(1..<whole.count / 4) + stride(from: whole.count / 4, to: complete, by: 61) + [complete - 1] {
      let url = try folder.file("a", whole.prefix(length))
      #expect(throws: CoreError.self, "\(length) bytes") { _ = try GGUFFile(contentsOf: url) }
    }
  }

  @Test func damagedFilesNeverCrash() throws {
    let whole = try WeightFixtures.data("formats.gguf")
    // About that much is header.
    let header = whole.count / 6
    let folder = try TemporaryFolder()
    var random = RandomSource(seed: 4)
    var refused = 0
    for _ in 0..<1000 {
      var data = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        data[Int.random(in: 0..<header, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        let file = try GGUFFile(contentsOf: folder.file("a", data))
        for name in file.names where file.format(of: name)?.isReadable == true {
          _ = try file.tensor(named: name).matrix()
        }
        for key in file.metadata.keys {
          _ = try? file.stringsIfPresent(key)
          _ = try? file.integersIfPresent(key)
          _ = try? file.floatIfPresent(key)
        }
      } catch is CoreError {
        refused += 1
      }
    }
    #expect(refused > 300)
  }
}
