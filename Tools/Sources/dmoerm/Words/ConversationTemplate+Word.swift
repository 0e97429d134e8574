import ArgumentParser
import DMoERM
import Foundation

extension ConversationTemplate {
  /// The template of --template: a published one by its name, or one of this library's own files.
  ///
  /// - Throws: `ValidationError` for a word that is neither; `TokenizerError` for a file that is no template.
  static func word(_ name: String) throws -> ConversationTemplate {
    if let template = ConversationTemplate.named(name) { return template }
    guard FileManager.default.fileExists(atPath: name) else {
      throw ValidationError(
        "--template is a file or one of \(ConversationTemplate.names.joined(separator: ", ")), not \(name)")
    }
    return try ConversationTemplate(contentsOf: URL(fileURLWithPath: name))
  }
}
