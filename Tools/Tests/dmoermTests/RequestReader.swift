import FlyingSocks
import Foundation

/// Reads requests with a length from a connection.
struct RequestReader {
  /// One request.
  struct Request {
    var path: String
    var headers: [String: String]
    var body: Data
  }

  private let socket: AsyncSocket
  private var buffer: [UInt8] = []

  init(socket: AsyncSocket) {
    self.socket = socket
  }

  /// The next request; nil when the client closes.
  mutating func next() async throws -> Request? {
    var headEnd: Int?
    while true {
      headEnd = endOfHead()
      if headEnd != nil { break }
      guard buffer.count < 1 << 16, try await fill() else { return nil }
    }
    guard let end = headEnd else { return nil }
    let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
    }
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    if headers["expect"] == "100-continue" { try await socket.write(Data("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
    while buffer.count < end + 4 + length {
      guard try await fill() else { return nil }
    }
    let body = Data(buffer[(end + 4)..<(end + 4 + length)])
    buffer.removeFirst(end + 4 + length)
    let words = lines.first?.split(separator: " ") ?? []
    return Request(path: words.count > 1 ? String(words[1]) : "", headers: headers, body: body)
  }

  private func endOfHead() -> Int? {
    guard buffer.count >= 4 else { return nil }
    return (0...(buffer.count - 4)).first { index in
      buffer[index] == 13 && buffer[index + 1] == 10 && buffer[index + 2] == 13 && buffer[index + 3] == 10
    }
  }

  private mutating func fill() async throws -> Bool {
    do {
      buffer += try await socket.read(atMost: 4096)
      return true
    } catch SocketError.disconnected {
      return false
    }
  }
}
