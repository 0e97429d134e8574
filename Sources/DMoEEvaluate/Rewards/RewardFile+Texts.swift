public import DMoEData

extension RewardFile {
  /// A hash of the texts that the rewards of a benchmark's items are of, 32 hexadecimal digits. Not cryptographic.
  @_spi(Command) public static func fingerprint(of items: [BenchmarkItem]) -> String {
    fingerprint(items.map { ($0.id, $0.category, $0.conversation, $0.responses) })
  }

  /// The same of samples.
  @_spi(Command) public static func fingerprint(of samples: [RankedResponses]) -> String {
    fingerprint(samples.map { ($0.id, $0.category ?? "", $0.conversation, $0.responses) })
  }

  private static func fingerprint(
    _ texts: [(id: String, category: String, conversation: Conversation, responses: [String])]
  ) -> String {
    var hash = ContentHash()
    for text in texts {
      hash.combine(text.id)
      hash.combine(text.category)
      for turn in text.conversation.turns {
        hash.combine(turn.role.rawValue)
        hash.combine(turn.content)
      }
      for response in text.responses { hash.combine(response) }
      hash.combine("\(text.responses.count) responses")
    }
    return hash.text
  }
}
