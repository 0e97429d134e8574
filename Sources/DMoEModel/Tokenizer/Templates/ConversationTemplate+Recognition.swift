public import Foundation

extension ConversationTemplate {
  /// The template that a chat template in Jinja stands for, recognized by its text.
  ///
  /// What counts is the text but for blanks, quotes and comments in its tags; nothing of it is run. The template gives the
  /// ids that transformers gives for prompt and response without a header for another response, and BOS once, whether
  /// or not the tokenizer adds it. Where a text asks for today's date, the date that it has for want of one is kept.
  ///
  /// - Parameters:
  ///   - text: The chat template.
  ///   - bosToken: The token that `bos_token` stands for in it, if the tokenizer has one.
  ///   - eosToken: The token that `eos_token` stands for in it.
  /// - Throws: `TokenizerError.unknownTemplate`; `.missingToken` if it needs a token that is `nil`.
  public static func recognized(
    jinja text: String, bosToken: String?, eosToken: String?
  ) throws(TokenizerError) -> ConversationTemplate {
    try recognized(jinja: text, bosToken: bosToken, eosToken: eosToken, place: "this text")
  }

  static func recognized(
    jinja text: String, bosToken: String?, eosToken: String?, place: String
  ) throws(TokenizerError) -> ConversationTemplate {
    let fingerprint = JinjaFingerprint(FrozenDate.published(text)).text
    guard let published = PublishedTemplate.known[fingerprint] else {
      throw .unknownTemplate(place: place, fingerprint: fingerprint)
    }
    return try published.template(bosToken: bosToken, eosToken: eosToken)
  }

  /// The template of that name, for commands; `nil` if there is none.
  ///
  /// Of the published ones, with the tokens that their families have; each is one of ``names``.
  public static func named(_ name: String) -> ConversationTemplate? {
    if name == qwen3Reranker.name { return qwen3Reranker }
    return PublishedTemplate(rawValue: name).flatMap { try? $0.template(bosToken: $0.usualBOS, eosToken: $0.usualEOS) }
  }

  /// All names of published templates.
  public static var names: [String] { PublishedTemplate.allCases.map(\.rawValue) + [qwen3Reranker.name] }

  /// Reads a template from a file of this library's own form, as `Scripts/derive-template` writes it.
  ///
  /// - Throws: `TokenizerError.unreadableFile`, `.malformed`.
  public init(contentsOf url: URL) throws(TokenizerError) {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .unreadableFile(path: url.path, reason: error.localizedDescription)
    }
    do { self = try JSONDecoder().decode(ConversationTemplate.self, from: data) } catch {
      throw .malformed(reason: "\(url.lastPathComponent) holds no template: \(Tokenizer.reason(error))")
    }
  }
}
