package import Foundation

/// The files that a test target carries in its bundle.
package struct FixtureFolder: Sendable {
  package let url: URL

  /// The folder "Fixtures" of a test bundle, or one below it.
  package init(_ bundle: Bundle, _ path: String = "") {
    guard let root = bundle.url(forResource: "Fixtures", withExtension: nil) else {
      preconditionFailure("the test bundle has no Fixtures")
    }
    url = path.isEmpty ? root : root.appendingPathComponent(path)
  }

  /// The fixtures of another test target, beside the one whose file asks: a resource is copied for its own target only.
  package init(of target: String, _ path: String, from file: String = #filePath) {
    let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
    url = tests.appendingPathComponent("\(target)/Fixtures/\(path)")
  }

  package func url(_ path: String) -> URL { url.appendingPathComponent(path) }

  package func data(_ path: String) throws -> Data { try Data(contentsOf: url(path)) }

  /// A JSON file as a value of the test's own type.
  package func decode<T: Decodable>(_ type: T.Type = T.self, _ path: String) throws -> T {
    try JSONDecoder().decode(type, from: data(path))
  }

  /// A copy of a folder, in which `edit` may change files, for the time of `body`.
  @discardableResult
  package func withCopy<R>(
    of path: String, _ edit: (URL) throws -> Void = { _ in }, _ body: (URL) throws -> R
  ) throws -> R {
    try withTemporaryFolder { folder in
      let copy = folder.appendingPathComponent(url(path).lastPathComponent)
      try FileManager.default.copyItem(at: url(path), to: copy)
      try edit(copy)
      return try body(copy)
    }
  }
}

/// An empty folder that is removed after `body`.
@discardableResult
package func withTemporaryFolder<R>(_ body: (URL) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// The same for a body that waits.
@discardableResult
package func inTemporaryFolder<R>(_ body: (URL) async throws -> R) async throws -> R {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder)
}

/// Changes one file that holds a JSON object.
package func editJSON(_ url: URL, _ edit: (inout [String: Any]) -> Void) throws {
  let object = try JSONSerialization.jsonObject(with: try Data(contentsOf: url))
  guard var fields = object as? [String: Any] else { throw CocoaError(.fileReadCorruptFile) }
  edit(&fields)
  try JSONSerialization.data(withJSONObject: fields).write(to: url)
}
