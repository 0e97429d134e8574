package import DMoECore

/// Token ids laid end to end, with the layout that says which of them make a text.
package struct TokenBatch: Sendable {
  /// The token ids of all texts.
  package private(set) var ids: [Int32] = []
  /// The layout of the texts in `ids`.
  package private(set) var layout = RowLayout()
  /// The row of the last token of each response's prompt.
  package private(set) var promptEnds: [Int] = []
  /// The row of the first token of each response.
  package private(set) var responseStarts: [Int] = []

  /// A batch without texts.
  package init() {}

  /// Responses to shared prompts: each prompt is laid out once, and its responses continue it.
  ///
  /// - Parameter limit: The longest text that is turned as the others, where longer ones are turned otherwise: responses on
  ///   its two sides do not share their prompt, which is then laid out for each side.
  package init(_ items: some Sequence<EncodedResponses>, apartAt limit: Int? = nil) {
    for item in items {
      guard item.responses.count != 1 else {
        promptEnds.append(ids.count + item.prompt.count - 1)
        responseStarts.append(ids.count + item.prompt.count)
        append(item.prompt + item.responses[0])
        continue
      }
      if item.responses.isEmpty { append(item.prompt) }
      var prefixes: [Bool: Int] = [:]
      for (index, response) in item.responses.enumerated() {
        let isLong = limit.map { item.tokenCount(ofResponse: index) > $0 } ?? false
        let prefix = prefixes[isLong] ?? append(item.prompt)
        prefixes[isLong] = prefix
        promptEnds.append(layout.segments[prefix].rows.upperBound - 1)
        responseStarts.append(ids.count)
        append(response, after: prefix)
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
