import DMoECore
import Foundation
import Testing
import _TestSupport

/// GGUF files in parts, as llama.cpp's gguf-split writes them.
struct GGUFCollectionTests {
  /// A file with some whole numbers as metadata and tensors of one float each.
  private func write(
    _ folder: TemporaryFolder, _ name: String, _ numbers: [(String, UInt16)], _ tensors: [String: Float]
  ) throws {
    var bytes: [UInt8] = Array("GGUF".utf8)
    func add(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    func add(_ text: String) {
      add(UInt64(text.utf8.count))
      bytes += text.utf8
    }
    func pad() { bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32) }
    add(UInt32(3))
    add(UInt64(tensors.count))
    add(UInt64(numbers.count))
    for (key, number) in numbers {
      add(key)
      add(UInt32(2))
      add(number)
    }
    let sorted = tensors.sorted { $0.key < $1.key }
    for (index, tensor) in sorted.enumerated() {
      add(tensor.key)
      add(UInt32(1))
      add(UInt64(1))
      add(UInt32(0))
      add(UInt64(32 * index))
    }
    pad()
    for tensor in sorted {
      add(tensor.value.bitPattern)
      pad()
    }
    _ = try folder.file(name, Data(bytes))
  }

  private func parts(total: UInt16 = 3, secondNumber: UInt16 = 1, secondTensor: String = "b") throws -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    try write(
      folder, "m-00001-of-00002.gguf", [("split.no", 0), ("split.count", 2), ("split.tensors.count", total)],
      ["a": 1, "c": 3])
    try write(folder, "m-00002-of-00002.gguf", [("split.no", secondNumber), ("split.count", 2)], [secondTensor: 2])
    return folder
  }

  private func open(_ folder: TemporaryFolder, _ name: String = "m-00001-of-00002.gguf") throws -> GGUFCollection {
    try GGUFCollection(contentsOf: folder.url.appendingPathComponent(name))
  }

  @Test func partsReadAsOneFile() throws {
    let folder = try parts()
    let file = try open(folder)
    #expect(file.names == ["a", "b", "c"] && file.files.count == 2)
    #expect(try ["a", "b", "c"].map { try file.tensor(named: $0).dequantized() } == [[1], [2], [3]])
    #expect(throws: CoreError.missingTensor(name: "d", path: file.path)) { _ = try file.tensor(named: "d") }
  }

  @Test func aFileThatWasNeverSplitIsOneFile() throws {
    let folder = try TemporaryFolder()
    try write(folder, "one.gguf", [], ["a": 1])
    try write(folder, "single.gguf", [("split.no", 0), ("split.count", 1)], ["a": 1])
    for name in ["one.gguf", "single.gguf"] { #expect(try open(folder, name).names == ["a"]) }
  }

  @Test func aMissingPartIsNamed() throws {
    let folder = try parts()
    let second = folder.url.appendingPathComponent("m-00002-of-00002.gguf")
    try FileManager.default.removeItem(at: second)
    do {
      _ = try open(folder)
      Issue.record("nothing was thrown")
    } catch CoreError.unreadableFile(let path, let reason) {
      #expect(path == second.path && reason.contains("part 2 of 2 is missing"))
    }
  }

  @Test func anotherPartThanTheFirstNamesTheFirst() throws {
    let reason = malformedReason { try open(try parts(), "m-00002-of-00002.gguf") }
    #expect(reason == "it is part 2 of 2; name the first one, m-00001-of-00002.gguf")
  }

  @Test func aNameThatDoesNotSayWhereTheOthersAreIsRefused() throws {
    let folder = try parts()
    try FileManager.default.moveItem(
      at: folder.url.appendingPathComponent("m-00001-of-00002.gguf"), to: folder.url.appendingPathComponent("m.gguf"))
    let reason = malformedReason { try open(folder, "m.gguf") }
    #expect(reason.contains("split.count") && reason.contains("-00001-of-00002.gguf"), "\(reason)")
  }

  @Test func partsMustAgree() throws {
    #expect(malformedReason { try open(try parts(total: 4)) } == "split.tensors.count is 4, the 2 parts have 3")
    #expect(malformedReason { try open(try parts(secondNumber: 0)) } == "split.no is 0, the name says 1")
    #expect(malformedReason { try open(try parts(secondTensor: "a")) } == "tensor a is in another part too")
  }
}
