package import Foundation

/// A folder for the files of one test, removed with it.
package final class TemporaryFolder {
  package let url = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-\(UUID().uuidString)")

  package init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: url) }

  package func file(_ name: String, _ data: Data = Data()) throws -> URL {
    let file = url.appendingPathComponent(name)
    if !data.isEmpty { try data.write(to: file) }
    return file
  }

  package var contents: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  }
}
