public import Foundation

extension RewardModel {
  /// A hash of everything in a bundle, 32 hexadecimal digits: two bundles of one fingerprint give the same rewards over the
  /// same backbone. Not cryptographic.
  ///
  /// - Throws: `ModelError.malformedBundle`; `CoreError.unreadableFile`.
  @_spi(Command) public static func fingerprint(ofBundle bundle: URL) throws -> String {
    _ = try manifest(of: bundle)
    let files = BundleFolder.files(in: bundle).sorted()
    return try FileFingerprint(of: files.map { bundle.appendingPathComponent($0) }).text
  }
}
