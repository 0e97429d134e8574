import Foundation

/// Where a bundle's backbone may lie.
enum BackboneSearch {
  /// - Parameters:
  ///   - path: Where it was when the model was imported: the last place to look.
  ///   - usesEnvironment: Whether DMOERM_BACKBONE may name it, which of an ensemble over several is the first one's.
  /// - Throws: `ModelError.unreadableBackbone` that says where it looked.
  static func find(
    _ name: String, beside bundle: URL, recorded path: String? = nil, usesEnvironment: Bool = true
  ) throws -> URL {
    let environment = ProcessInfo.processInfo.environment
    if usesEnvironment, let named = environment["DMOERM_BACKBONE"], !named.isEmpty {
      return URL(fileURLWithPath: named)
    }
    let beside = bundle.standardizedFileURL.deletingLastPathComponent()
    let places =
      [beside, cacheFolder(environment)].map { $0.appendingPathComponent(name) }
      + (path.map { [URL(fileURLWithPath: $0)] } ?? [])
    guard let found = places.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw ModelError.unreadableBackbone(
        path: name,
        reason: "it is neither beside the bundle nor in the cache folder; "
          + (usesEnvironment ? "name it, or set DMOERM_BACKBONE" : "put it, or a link to it, beside the bundle"))
    }
    return found
  }

  static func cacheFolder(_ environment: [String: String]) -> URL {
    func value(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
    if let own = value("DMOERM_CACHE") { return URL(fileURLWithPath: own) }
    let root =
      value("XDG_CACHE_HOME").map { URL(fileURLWithPath: $0) }
      ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache")
    return root.appendingPathComponent("dmoerm")
  }
}
