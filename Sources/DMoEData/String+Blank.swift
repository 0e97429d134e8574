import Foundation

extension StringProtocol {
  /// Whether there is nothing but white space.
  package var isBlank: Bool { unicodeScalars.allSatisfy { $0.properties.isWhitespace } }

  /// Without the white space around it.
  var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}

extension Message {
  /// Whether it is a system turn that says nothing, which is the same as none.
  var isEmptySystemTurn: Bool { role == .system && content.isBlank }
}
