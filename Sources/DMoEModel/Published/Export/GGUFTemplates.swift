import DMoECore
import Foundation

/// The templates in a reward model's GGUF file: the chat template, and the text that `llama-server --reranking` makes of a query
/// and a document, which here are a prompt and a response.
struct GGUFTemplates {
  private let chat: String?
  private let rerank: String
  /// What the texts do otherwise than this library, a sentence each.
  let losses: [String]

  /// - Parameter source: The backbone's files, which may have the template as it was published.
  init(_ reader: StateReader, at source: URL) throws {
    let template = reader.template
    let own = (try? ConversationTemplate.recognized(at: source)) == template
    chat =
      own
      ? try ConversationTemplate.publishedText(at: source).map(FrozenDate.jinja)
      : try? template.jinja()
    var text = try template.exchange(prompt: "{query}", response: "{document}")
    var losses: [String] = []
    if chat == nil {
      losses.append("its template \(template.name) is in it for prompt and response alone, not as a chat template")
    }
    let frames = [try template.role("user"), try template.responseFrame()]
    if template.trimsContent || frames.contains(where: { !$0.edits.isEmpty }) {
      losses.append(
        "llama-server puts texts into the template \(template.name) as they are: what it edits in them (blanks at their "
          + "ends, thoughts) is for the caller to do")
    }
    // Where a run of padding at the end of a text is passed over, llama.cpp must not get it.
    if let id = reader.paddingID {
      let padding = reader.tokenizer.decode([id])
      if !padding.isEmpty, text.hasSuffix(padding) {
        while text.hasSuffix(padding) { text.removeLast(padding.count) }
        losses.append(
          "llama.cpp reads the last token, whatever it is: texts end before \(padding), which is passed over here")
      }
    }
    rerank = text
    self.losses = losses
  }

  var metadata: [(key: String, value: GGUFWriter.Value)] {
    (chat.map { [("tokenizer.chat_template", .string($0))] } ?? [])
      + [
        ("tokenizer.chat_template.rerank", .string(rerank)), ("tokenizer.chat_templates", .strings(["rerank"])),
      ]
  }
}

extension ConversationTemplate {
  /// The text of one prompt and its response.
  ///
  /// - Throws: `TokenizerError.unknownRole`.
  func exchange(prompt: String, response: String) throws(TokenizerError) -> String {
    var text = try promptText(turns: [("user", prompt)])
    switch tokenization {
    case .whole: text.append(try responseText(response))
    case .pieceByPiece:
      let frame = try responseFrame()
      text.append(markup: frame.prefix)
      text.append(edited(MarkedText(content: response), in: frame))
      text.append(markup: endToken)
    }
    return text.text
  }
}
