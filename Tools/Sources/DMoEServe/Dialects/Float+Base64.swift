import Foundation

extension Float {
  /// Its four bytes, least significant first, in base64.
  var base64: String {
    withUnsafeBytes(of: bitPattern.littleEndian) { Data($0) }.base64EncodedString()
  }
}
