package import DMoECore

/// Token ids laid end to end, with the layout that says which of them make a text.
package struct TokenBatch: Sendable {
  /// The token ids of all texts.
  package private(set) var ids: [Int32] = []
  /// The layout of the texts in `ids`.
  package private(set) var layout = RowLayout()
  /// The row of the last token of each response's prompt.
  private(set) var promptEnds: [Int] = []

  /// A batch without texts.
  package init() {}

  /// Responses to shared prompts: each prompt is laid out once, and its responses continue it.
  package init(_ items: some Sequence<EncodedResponses>) {
    for item in items {
      promptEnds += item.responses.map { _ in ids.count + item.prompt.count - 1 }
      if item.responses.count == 1 {
        append(item.prompt + item.responses[0])
      } else {
        let prefix = append(item.prompt)
        for response in item.responses { append(response, after: prefix) }
      }
    }
  }

  /// Appends a text and returns its segment.
  @discardableResult
  package mutating func append(_ text: [Int32], after prefix: Int? = nil) -> Int {
    ids += text
    return layout.append(count: text.count, prefix: prefix)
  }
}
