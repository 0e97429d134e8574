import Foundation

/// The length and the hash (FNV-1a, 64 bits) of a file, by which ranks see whether they read the same.
struct FileDigest {
  private(set) var length = 0
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  var text: String { "\(length) \(String(hash, radix: 16))" }

  /// - Throws: `Failure` for what is no file that can be read.
  init(_ file: InputFile) throws {
    try file.check()
    guard let handle = FileHandle(forReadingAtPath: file.path) else {
      throw Failure("\(file.path) cannot be opened: \(String(cString: strerror(errno)))", status: .badInput)
    }
    while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
      length += piece.count
      piece.withUnsafeBytes { bytes in
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
      }
    }
  }
}
