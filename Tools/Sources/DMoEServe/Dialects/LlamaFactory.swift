@_spi(Command) import DMoERM

/// LLaMA-Factory's `/v1/score/evaluation`: whole texts with their padding. Its client calls every model "model".
///
/// Source: LLaMA-Factory, `src/llamafactory/api/protocol.py`.
struct LlamaFactoryScore: Dialect {
  static let namesModel = false
  let items: [ScoringItem]

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    if let length = body["max_length"]?.int, length < texts.served.model.configuration.maximumTokens {
      throw .invalid("max_length is not supported: texts are cut by turns, to the model's own length")
    }
    var items: [ScoringItem] = []
    for text in try body.textOrTexts("messages") { items.append(try texts.wholeText(text)) }
    self.items = items
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    JSONTree([
      "id": JSONTree("scoreval-" + facts.id), "object": JSONTree("score.evaluation"), "model": facts.model,
      "scores": JSONTree(try scored.rewards().map { JSONTree($0) }),
    ])
  }

  static func body(of error: ServeError) -> JSONTree { JSONTree(["detail": JSONTree(error.message)]) }
}
