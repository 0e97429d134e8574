import Foundation

/// A place in the temporary folder that is removed with the last who needs it.
final class Scratch {
  let url: URL

  init(_ name: String) {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-bench-\(UUID().uuidString)-\(name)")
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
