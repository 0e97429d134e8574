import DMoECore
import Foundation

/// A list that takes long to compute, kept part by part until it is whole: whoever is stopped loses one part at most.
struct KeptParts<Element: Codable & Sendable>: Sendable {
  /// Where the parts are, a file each.
  let folder: URL
  /// What the list is called.
  let name: String
  /// What decides the elements: parts of another identity do not count.
  let identity: String

  /// What a file holds.
  private struct Part: Codable {
    var identity: String
    var elements: [Element]
  }

  /// A part that is there with so many elements; `nil` for one that is not, or is broken.
  func part(_ number: Int, count: Int) -> [Element]? {
    guard let content = FileManager.default.contents(atPath: file(number).path),
      let part = try? JSONDecoder().decode(Part.self, from: content), part.identity == identity,
      part.elements.count == count
    else { return nil }
    return part.elements
  }

  /// Keeps a part.
  ///
  /// - Throws: `CoreError.unwritableFile`.
  func keep(_ elements: [Element], as number: Int) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try AtomicFile<CoreError>.write(
      try JSONEncoder.canonical.encode(Part(identity: identity, elements: elements)), to: file(number))
  }

  /// Takes all parts away, once the list is kept as a whole.
  func removeAll() throws {
    guard FileManager.default.fileExists(atPath: folder.path) else { return }
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasPrefix(name + ".part-") {
      try FileManager.default.removeItem(at: folder.appendingPathComponent(file))
    }
  }

  private func file(_ number: Int) -> URL { folder.appendingPathComponent("\(name).part-\(number).json") }
}
