public import protocol Foundation.LocalizedError

/// An error in a tokenizer file, or in a template that meets a tokenizer it was not made for.
public enum TokenizerError: Error, Equatable, Sendable {
  /// The tokenizer file could not be read.
  case unreadableFile(path: String, reason: String)
  /// The vocabulary, the merges or the added tokens contradict each other or are not what their format says.
  case malformed(reason: String)
  /// A part of the tokenizer is of a kind that is not implemented, so its ids could not be exact.
  case unsupported(component: String, found: String)
  /// A template needs a token that the tokenizer does not have.
  case missingToken(String)
  /// A control token that plain text could write: a merge spells it, or the tokenizer does not call it special.
  case writableControlToken(String)
  /// A conversation has a turn of a role that the template has no place for.
  case unknownRole(role: String, template: String)
  /// A template's text is none that is known; `fingerprint` tells it from others.
  case unknownTemplate(place: String, fingerprint: String)
  /// A template asks for turns of user and assistant by turns, and a conversation has two of one in a row.
  case turnsDoNotAlternate(template: String)
  /// A conversation has a system message, and the template refuses them.
  case noSystemTurn(template: String)
}

extension TokenizerError: CustomStringConvertible {
  /// One sentence that says what is wrong; never the text that was read.
  public var description: String {
    switch self {
    case .unreadableFile(let path, let reason): "cannot read \(path): \(reason)"
    case .malformed(let reason): "the tokenizer is malformed: \(reason)"
    case .unsupported(let component, let found): "the tokenizer's \(component) is not supported: \(found)"
    case .missingToken(let token): "the tokenizer has no token \(token)"
    case .writableControlToken(let token): "plain text could write the control token \(token)"
    case .unknownRole(let role, let template): "the template \(template) has no role \(role)"
    case .unknownTemplate(let place, let fingerprint):
      "the chat template of \(place) is none that is known (\(fingerprint)); "
        + "Scripts/derive-template writes its rules to a file"
    case .turnsDoNotAlternate(let template):
      "the template \(template) takes user and assistant by turns, the user first; this conversation has it otherwise"
    case .noSystemTurn(let template):
      "the template \(template) takes no system message; put it into the first user turn"
    }
  }
}

extension TokenizerError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
