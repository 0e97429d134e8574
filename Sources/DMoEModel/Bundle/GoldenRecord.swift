import DMoECore
import Foundation

/// The fact that a bundle's golden texts got their rewards: with these files, computed by this program in this way.
///
/// The bundle goes into it by content and the program by `FileIdentity`, so that a copied bundle is known again, and a
/// program that was built anew checks anew.
struct GoldenRecord {
  private let facts: FileFacts?
  private let name: String

  /// - Throws: `CoreError.unreadableFile`.
  init(
    of manifest: BundleManifest, in bundle: URL, _ model: RewardModel, _ backend: ComputeBackend, _ extent: GoldenCheck
  ) throws {
    guard let facts = model.backbone.fileFacts, extent != .none, let program = Self.program else {
      (self.facts, name) = (nil, "")
      return
    }
    let files = manifest.files.sorted().map { bundle.appendingPathComponent($0) }
    let machine = try JSONEncoder.line.encode(ComputeInformation.current)
    var hash = ContentHash()
    for text in [
      try FileFingerprint(of: files).text, model.backbone.fingerprint, program,
      String(decoding: machine, as: UTF8.self),
      backend.rawValue, model.precision.rawValue, extent.rawValue,
    ] {
      hash.combine(text)
    }
    (self.facts, name) = (facts, "goldens " + hash.text)
  }

  /// Whether they got them before.
  var isKept: Bool { facts?[name] != nil }

  func keep() { facts?.remember(name, "passed") }

  /// The running program; nil where the system does not say which that is.
  private static let program: String? = {
    let path = FileManager.default.fileExists(atPath: "/proc/self/exe") ? "/proc/self/exe" : Bundle.main.executablePath
    guard let identity = path.flatMap({ FileIdentity(of: URL(fileURLWithPath: $0)) }) else { return nil }
    return (try? JSONEncoder.line.encode(identity)).map { String(decoding: $0, as: UTF8.self) }
  }()
}
