import ArgumentParser
import Foundation

/// Token ids as one writes them: 1,2,3.
enum TokenIDs {
  /// - Parameter option: How the command line names them, for errors.
  /// - Throws: `ValidationError` for what is no list of ids.
  static func parse(_ text: String, option: String) throws -> [Int32] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    guard parts != [""] else { throw ValidationError("\(option) names no token id, such as 1,2,3") }
    return try parts.enumerated().map { index, part in
      guard !part.isEmpty else { throw ValidationError("\(option): element \(index + 1) of \(parts.count) is empty") }
      guard let id = Int32(part) else { throw ValidationError("\(part) is no token id") }
      return id
    }
  }
}
