import DMoECore
import Foundation

/// A 128-bit identity of files' contents, in order: tells backbones apart. Not a cryptographic hash.
///
/// Eight-byte words are mixed into four lanes by xor, rotation and an odd multiplier, so that a hundred megabytes take
/// some tens of milliseconds.
struct FileFingerprint: Equatable {
  /// 32 hexadecimal digits.
  let text: String

  init(of files: [URL]) throws {
    var lanes = SIMD4<UInt64>(
      0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x27D4_EB2F_1656_67C5)
    let multiplier = SIMD4<UInt64>(repeating: 0x9FB2_1C65_1E98_DF25)
    func mix(_ words: SIMD4<UInt64>) {
      lanes = (lanes ^ words) &* multiplier
      lanes ^= lanes &>> 29
    }
    for url in files {
      let file = try MappedFile(contentsOf: url)
      let bytes = file.bytes
      let whole = bytes.count / 32 * 32
      for offset in stride(from: 0, to: whole, by: 32) {
        mix(bytes.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self))
      }
      var tail = [UInt8](bytes[whole...])
      tail += Array(repeating: 0, count: 32 - tail.count)
      tail.withUnsafeBytes { mix($0.loadUnaligned(as: SIMD4<UInt64>.self)) }
      mix(SIMD4(repeating: UInt64(bytes.count)))
    }
    let high = (lanes[0] &* 31 &+ lanes[1]) ^ (lanes[0] &>> 32)
    let low = (lanes[2] &* 31 &+ lanes[3]) ^ (lanes[2] &>> 32)
    text = high.hexadecimal + low.hexadecimal
  }
}

extension FileFingerprint {
  /// The fact under which a fingerprint is remembered.
  private static let fact = "fingerprint"

  /// The fingerprint of files, as it is remembered or made anew.
  static func text(of files: [URL], _ facts: FileFacts?, _ checks: StartChecks) throws -> String {
    if checks == .remembered, let known = facts?[fact] { return known }
    let text = try FileFingerprint(of: files).text
    facts?.remember(fact, text)
    return text
  }
}

extension FileFacts {
  /// Files that are smaller together are hashed sooner than a record of them is read.
  private static let leastBytes: Int64 = 8 << 20

  /// The facts about a backbone's weight files; nil where finding out is cheap.
  static func ofWeights(_ files: [URL], _ identities: [FileIdentity]) -> FileFacts? {
    guard identities.reduce(0, { $0 + $1.size }) >= leastBytes else { return nil }
    let cache = BackboneSearch.cacheFolder(ProcessInfo.processInfo.environment)
    return FileFacts(of: files, identities, fallback: cache.appendingPathComponent("facts"))
  }
}
