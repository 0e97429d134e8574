import Foundation

/// The keys that clients may come with. They are compared in constant time, and never told or logged.
public struct AccessKeys: Sendable {
  private let keys: [[UInt8]]

  /// Keys of which every one opens the server.
  ///
  /// - Throws: `ServeError` for none, or one that is blank.
  public init(_ keys: [String]) throws(ServeError) {
    guard !keys.isEmpty, keys.allSatisfy({ $0.contains { !$0.isWhitespace } }) else {
      throw .invalid("there is no key: a key file has one a line, and lines that begin with # are passed over")
    }
    self.keys = keys.map { Array($0.utf8) }
  }

  /// The keys of a file, one a line; blank lines and those that begin with # are passed over.
  ///
  /// - Throws: `ServeError`.
  public init(text: String) throws(ServeError) {
    try self.init(
      text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty && !$0.hasPrefix("#") })
  }

  /// Whether a request's `Authorization` holds one of the keys.
  func allow(authorization: String?) -> Bool {
    guard let authorization else { return false }
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
    let given = Array(parts[1].utf8)
    // Every key is gone through to its end, whatever was given: time tells nothing of where they part.
    var isAllowed = false
    for key in keys {
      var difference = UInt8(given.count == key.count ? 0 : 1)
      for place in key.indices { difference |= key[place] ^ (given.isEmpty ? 0 : given[place % given.count]) }
      isAllowed = (difference == 0) || isAllowed
    }
    return isAllowed
  }
}
