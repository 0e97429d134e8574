/// A conversation and its responses as token ids.
package struct EncodedResponses: Sendable, Equatable {
  /// Everything up to and including the header that asks for a response.
  package var prompt: [Int32]
  /// Each response with its end token.
  package var responses: [[Int32]]
  /// Whether turns were left out to make the longest response fit.
  package var isTruncated: Bool

  /// Encoded responses to an encoded prompt.
  package init(prompt: [Int32], responses: [[Int32]], isTruncated: Bool = false) {
    self.prompt = prompt
    self.responses = responses
    self.isTruncated = isTruncated
  }

  /// The number of tokens that one response is scored over, prompt included.
  package func tokenCount(ofResponse index: Int) -> Int { prompt.count + responses[index].count }

  /// Rows that a forward pass over all the responses takes, the prompt once.
  package var rowCount: Int { prompt.count + responses.reduce(0) { $0 + $1.count } }
}

/// The responses to one conversation as token ids: those that keep the same turns are one part.
struct EncodedGroup: Sendable {
  /// The place of a response in a part.
  struct Place: Sendable {
    let part: Int
    let response: Int
  }

  private(set) var parts: [EncodedResponses]
  /// One for every response, in the order in which they were given.
  private(set) var places: [Place] = []

  init(parts: [EncodedResponses]) { self.parts = parts }

  mutating func append(_ response: [Int32], to part: Int) {
    places.append(Place(part: part, response: parts[part].responses.count))
    parts[part].responses.append(response)
  }
}
