package import DMoECore
package import Foundation

/// A message of ranks about phases.
typealias RankParcel = Parcel<RankOrder>

/// A message with the files that belong to it, as ranks send it.
///
/// The length of a JSON header as eight bytes, little-endian; the header, which has the message and the names and lengths of
/// the files; the files one after the other.
package struct Parcel<Message: Codable & Sendable>: Sendable {
  /// What it says.
  package var message: Message
  /// Content by path.
  package var files: [String: Data] = [:]

  private struct Header: Codable {
    struct File: Codable {
      let path: String
      let bytes: Int
    }

    let message: Message
    let files: [File]
  }

  /// A message and its files.
  package init(_ message: Message, files: [String: Data] = [:]) {
    self.message = message
    self.files = files
  }

  /// Reads what a rank has sent.
  ///
  /// - Throws: `CommunicatorError.malformedMessage`.
  package init(_ received: RankMessage) throws(CommunicatorError) {
    func malformed(_ reason: String) -> CommunicatorError {
      .malformedMessage(sender: received.sender, reason: reason)
    }
    let bytes = received.bytes
    guard bytes.count >= 8 else { throw malformed("it is cut off") }
    let length = bytes.prefix(8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }.littleEndian
    guard length <= UInt64(bytes.count - 8) else { throw malformed("it is cut off") }
    guard let header = try? JSONDecoder().decode(Header.self, from: bytes.dropFirst(8).prefix(Int(length))) else {
      throw malformed("it has no header")
    }
    var rest = bytes.dropFirst(8 + Int(length))
    for file in header.files {
      guard file.bytes >= 0, file.bytes <= rest.count else { throw malformed("\(file.path) is cut off") }
      guard !file.path.split(separator: "/").contains("..") else { throw malformed("\(file.path) is no place here") }
      files[file.path] = Data(rest.prefix(file.bytes))
      rest = rest.dropFirst(file.bytes)
    }
    message = header.message
  }

  /// The parcel as it is sent.
  package func bytes() throws -> Data {
    let contents = files.sorted { $0.key < $1.key }
    let header = try JSONEncoder.line.encode(
      Header(message: message, files: contents.map { Header.File(path: $0.key, bytes: $0.value.count) }))
    var result = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
    result.append(header)
    for content in contents { result.append(content.value) }
    return result
  }
}
