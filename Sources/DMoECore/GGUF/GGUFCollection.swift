package import Foundation

/// The tensors of a GGUF file; of all its parts if it is the first of several, as llama.cpp's `gguf-split` writes them.
///
/// Parts are named `NAME-00001-of-00003.gguf` and lie in one folder; the first one has the metadata.
package struct GGUFCollection: Sendable {
  /// The file with the metadata.
  package let first: GGUFFile
  /// The file, or all parts in order.
  package let files: [URL]
  /// The names of all tensors, sorted.
  package let names: [String]
  private let parts: [GGUFFile]
  private let partOfTensor: [String: Int]

  /// - Throws: `CoreError.unreadableFile` for a part that is missing; `.malformedFile` for one that is not what the
  ///   first one says; what `GGUFFile` throws.
  package init(contentsOf url: URL) throws(CoreError) {
    first = try GGUFFile(contentsOf: url)
    files = try Self.files(first, url)
    var parts = [first]
    for (index, file) in files.enumerated().dropFirst() {
      guard FileManager.default.fileExists(atPath: file.path) else {
        throw .unreadableFile(
          path: file.path,
          reason: "part \(index + 1) of \(files.count) is missing; all parts must lie beside \(url.lastPathComponent)")
      }
      let part = try GGUFFile(contentsOf: file)
      let number = try part.integer("split.no")
      guard number == index else {
        throw .malformedFile(path: file.path, reason: "split.no is \(number), the name says \(index)")
      }
      parts.append(part)
    }
    var partOfTensor: [String: Int] = [:]
    for (index, part) in parts.enumerated() {
      for name in part.names where partOfTensor.updateValue(index, forKey: name) != nil {
        throw .malformedFile(path: part.path, reason: "tensor \(name) is in another part too")
      }
    }
    if let count = try first.integerIfPresent("split.tensors.count"), count != partOfTensor.count {
      throw .malformedFile(
        path: first.path, reason: "split.tensors.count is \(count), the \(parts.count) parts have \(partOfTensor.count)"
      )
    }
    self.parts = parts
    self.partOfTensor = partOfTensor
    names = partOfTensor.keys.sorted()
  }

  /// The paths of all parts, by the name of the first.
  private static func files(_ first: GGUFFile, _ url: URL) throws(CoreError) -> [URL] {
    guard let count = try first.integerIfPresent("split.count"), count != 1 else { return [url] }
    // The format has 16 bits for it; 0 is what a file that was never split may say.
    guard count > 0 else { return [url] }
    guard count <= UInt16.max else { throw .malformedFile(path: first.path, reason: "split.count is \(count)") }
    let number = try first.integer("split.no")
    let name = url.lastPathComponent
    let ending = { (part: Int) in "-\(digits(part))-of-\(digits(count)).gguf" }
    guard number >= 0, number < count, name.hasSuffix(ending(number + 1)) else {
      throw .malformedFile(
        path: first.path,
        reason: "it is part \(number + 1) of \(count) (split.no, split.count), but its name does not end in "
          + "\(ending(number + 1)), by which the other parts would be found")
    }
    let stem = name.dropLast(ending(number + 1).count)
    guard number == 0 else {
      throw .malformedFile(
        path: first.path, reason: "it is part \(number + 1) of \(count); name the first one, \(stem + ending(1))")
    }
    return (1...count).map { url.deletingLastPathComponent().appendingPathComponent(stem + ending($0)) }
  }

  private static func digits(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, 5 - text.count)) + text
  }

  /// What tells each of the files from others.
  package var identities: [FileIdentity] { parts.map(\.identity) }

  /// Gives the pages that were read back to the system.
  package func forgetPages() { for part in parts { part.forgetPages() } }
}

extension GGUFCollection: TensorSource {
  /// The path of the first file, for error messages.
  package var path: String { first.path }

  /// Whether one of the files has a tensor of this name.
  package func contains(_ name: String) -> Bool { partOfTensor[name] != nil }

  /// The tensor of this name, whose numbers are still in its file.
  package func tensor(named name: String) throws(CoreError) -> StoredTensor {
    guard let part = partOfTensor[name] else { throw .missingTensor(name: name, path: path) }
    return try parts[part].tensor(named: name)
  }
}
