import Foundation

/// What a bundle says of where it comes from.
struct BundleOrigin: Decodable {
  private struct Provenance: Decodable { var run: String? }

  private var provenance: Provenance?
  /// The run that wrote it.
  var run: String? { provenance?.run }

  /// `nil` if there is no bundle.
  init?(_ folder: URL) {
    guard let data = FileManager.default.contents(atPath: folder.appendingPathComponent("dmoerm.json").path) else {
      return nil
    }
    self = (try? JSONDecoder().decode(BundleOrigin.self, from: data)) ?? BundleOrigin()
  }

  private init() {}
}
