import Dispatch
import Foundation

/// A connection of bytes, for what no client of HTTP would send.
enum RawConnection {
  /// Sends bytes and reads until the server closes the connection.
  ///
  /// - Throws: `POSIXError` if there is no connection.
  static func exchange(_ bytes: String, port: Int) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      // A thread of its own: it waits for the server.
      DispatchQueue(label: "raw").async { continuation.resume(with: Result { try read(bytes, port) }) }
    }
  }

  private static func read(_ bytes: String, _ port: Int) throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isConnected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else { throw POSIXError(.ECONNREFUSED) }
    let sent = Array(bytes.utf8)
    guard write(descriptor, sent, sent.count) == sent.count else { throw POSIXError(.EPIPE) }
    var found: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Foundation.read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return String(decoding: found, as: UTF8.self) }
      found += buffer[..<count]
    }
  }
}
