import Foundation

/// Where the backbone is if nobody says.
enum BackboneLocation {
  static let fileName = "SmolLM2-135M-Instruct.Q4_1.gguf"

  /// The path given, or `DMOERM_BACKBONE`, or the fetched file in the cache folder.
  ///
  /// - Throws: `Failure` if there is none.
  static func find(
    _ path: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> URL {
    func existing(_ path: String, _ origin: String) throws -> URL {
      guard FileManager.default.fileExists(atPath: path) else {
        throw Failure(
          "\(origin) names no file or folder: \(path)", hint: "Scripts/fetch-backbone fetches the small backbone.",
          status: .badInput)
      }
      guard access(path, R_OK) == 0 else {
        throw Failure(
          "\(origin) \(path) cannot be opened: \(String(cString: strerror(errno)))", status: .badInput)
      }
      return URL(fileURLWithPath: path)
    }
    if let path { return try existing(path, "--backbone") }
    if let path = environment["DMOERM_BACKBONE"], !path.isEmpty { return try existing(path, "DMOERM_BACKBONE") }
    let cached = cacheFolder(environment).appendingPathComponent(fileName)
    guard FileManager.default.fileExists(atPath: cached.path) else {
      throw Failure(
        "there is no backbone: --backbone is not given and \(cached.path) does not exist",
        hint: "Scripts/fetch-backbone fetches it (98 MB); any GGUF file of a Llama, Qwen2 or Qwen3 model does, too.",
        status: .badInput)
    }
    return cached
  }

  /// The same folder as Scripts/fetch-backbone's.
  static func cacheFolder(_ environment: [String: String]) -> URL {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let folder = value("DMOERM_CACHE") { return URL(fileURLWithPath: folder, isDirectory: true) }
    let base = value("XDG_CACHE_HOME") ?? (value("HOME") ?? NSHomeDirectory()) + "/.cache"
    return URL(fileURLWithPath: base, isDirectory: true).appendingPathComponent("dmoerm", isDirectory: true)
  }
}
