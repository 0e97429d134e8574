public import protocol Foundation.LocalizedError

/// An error in a comparison template or in the file that holds it.
///
/// No case carries the text of a template: it may be a prompt in the wrong place.
public enum TemplateError: Error, Equatable, Sendable {
  /// The file could not be read.
  case unreadableFile(path: String, reason: String)
  /// The file is no template; `reason` names the key or what the template lacks.
  case invalidTemplate(path: String, reason: String)
  /// The template nowhere says where this text goes.
  case missingPlaceholder(String)
  /// A name in braces stands for nothing.
  case unknownPlaceholder(String)
  /// An answer (`first`, `second` or `tie`) has no spelling, or one that is empty but for quotes, brackets and punctuation.
  case emptyAnswer(String)
  /// One spelling stands for these two answers; case, quotes, brackets and punctuation around it do not matter.
  case sharedSpelling(String, String)
  /// A label such as "Verdict" is empty or has a colon.
  case invalidLabel(index: Int)
}

extension TemplateError: CustomStringConvertible {
  /// One sentence that says what is wrong with the template.
  public var description: String {
    switch self {
    case .unreadableFile(let path, let reason): "cannot read \(path): \(reason)"
    case .invalidTemplate(let path, let reason): "\(path) is not a comparison template: \(reason)"
    case .missingPlaceholder(let name): "the placeholder {\(name)} is missing"
    case .unknownPlaceholder(let name):
      name.utf8.count <= 64 ? "unknown placeholder {\(name)}" : "unknown placeholder of \(name.utf8.count) bytes"
    case .emptyAnswer(let answer): "the answer \"\(answer)\" has no spelling, or an empty one"
    case .sharedSpelling(let one, let other):
      "the answers \"\(one)\" and \"\(other)\" share a spelling"
    case .invalidLabel(let index): "verdictLabels[\(index)] is empty or has a colon"
    }
  }
}

extension TemplateError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
