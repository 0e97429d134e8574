import ArgumentParser
import Foundation

/// Where a bundle is to be written.
enum BundleTarget {
  /// - Parameters:
  ///   - run: The run folder whose bundle it is, if a run makes it: its own bundle it may replace.
  ///   - replaces: Whether --replace is given.
  /// - Throws: `ValidationError` for what is not to be replaced; `Failure` for a place that cannot be written to.
  static func check(_ path: String, run: URL? = nil, replaces: Bool) throws -> URL {
    guard !path.isEmpty, path != "-" else {
      throw ValidationError("--output names the folder to write, such as my.dmoerm")
    }
    let bundle = URL(fileURLWithPath: path)
    let isOwn = run.flatMap(runName).map { $0 == BundleOrigin(bundle)?.run } ?? false
    _ = try OutputPlace.folder(path, "--output", what: "bundle", replaces: replaces || isOwn) {
      BundleOrigin($0) != nil
    }
    return bundle
  }

  /// The run folder beside it: my.dmoerm -> my.run.
  static func runFolder(for bundle: URL) -> URL {
    bundle.deletingPathExtension().appendingPathExtension("run")
  }

  /// A place where a run can be kept: a run, or nothing yet.
  static func checkRun(_ folder: URL, option: String) throws {
    _ = try OutputPlace.folder(folder.path, option, what: "run folder", replaces: true) { folder in
      let names = OutputPlace.content(of: folder) ?? []
      // Killed before it said whose it is, a run has no more than these.
      return names.contains("run.json") || Set(names).isSubset(of: ["phases", "lock"])
    }
  }

  /// Removes what a run keeps in its folder, and nothing else.
  static func clearRun(_ folder: URL) throws {
    for name in ["run.json", "metrics.jsonl", "phases", "checkpoint.safetensors", "report.html"] {
      let file = folder.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      try FileManager.default.removeItem(at: file)
    }
  }

  /// A name for the run in a folder, which its bundle keeps: the same settings, data, backbone and seed have the same.
  static func runName(_ folder: URL) -> String? {
    guard let identity = FileManager.default.contents(atPath: folder.appendingPathComponent("run.json").path) else {
      return nil
    }
    // FNV-1a, 64 bits.
    let hash = identity.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    return String(hash, radix: 16)
  }
}
