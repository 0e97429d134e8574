package import Foundation

extension ConversationTemplate {
  /// The template in the files of a model, be it a folder or a GGUF file; `nil` if they have none.
  ///
  /// - Throws: What `recognized(inFolder:)` and `recognized(inGGUF:)` throw.
  package static func recognized(at url: URL) throws -> ConversationTemplate? {
    try url.isFolder ? recognized(inFolder: url) : recognized(inGGUF: url)
  }
}

extension Tokenizer {
  /// How many tokens it has and by what rule it cuts words, for people.
  var summary: String { "\(vocabularySize) tokens, \(preTokenizer?.rawValue ?? "characters")" }
}
