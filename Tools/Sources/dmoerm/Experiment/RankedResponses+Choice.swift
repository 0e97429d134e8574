@_spi(Command) import DMoERM

extension RankedResponses {
  /// Whether prompt and longest response have at most so many characters, or the Chinese that are as many tokens.
  func fits(_ limit: Int) -> Bool {
    conversation.fits(limit, with: responses, language)
  }
}

extension CategorizedPrompt {
  /// The same of a prompt.
  func fits(_ limit: Int) -> Bool {
    conversation.fits(limit, language)
  }
}

extension BestOfNPrompt {
  /// Whether prompt and longest response have at most so many characters; these rows name no language.
  func fits(_ limit: Int) -> Bool { conversation.fits(limit, with: responses) }
}

extension Conversation {
  fileprivate func fits(_ limit: Int, with responses: [String] = [], _ language: String? = nil) -> Bool {
    let count = turns.reduce(responses.map(\.count).max() ?? 0) { $0 + $1.content.count }
    return Double(count) * (language == "zh" ? 2.5 : 1) <= Double(limit)
  }
}

extension [RankedResponses] {
  /// Without labels of points that the taxonomy lacks; of other categories than its own, overall preferences stay as
  /// unlabelled ones.
  func known(to taxonomy: Taxonomy) -> [RankedResponses] {
    compactMap { sample in
      guard let category = sample.category.flatMap({ taxonomy[$0] }) else {
        return sample.capability == nil ? sample.labeled(category: nil, capability: nil) : nil
      }
      guard let point = sample.capability else { return sample }
      return category.points.contains { $0.id == point } ? sample : nil
    }
  }

  /// At most about so many, without tearing the samples of a prompt apart; the order stays.
  func limited(to limit: Int?) -> [RankedResponses] {
    guard let limit, limit < count else { return self }
    let groups = Dictionary(grouping: indices) { self[$0].conversation.orderKey }
    var kept: [Int] = []
    for key in groups.keys.sorted() where kept.count < limit { kept += groups[key] ?? [] }
    return kept.sorted().map { self[$0] }
  }
}

extension Conversation {
  /// A number that looks random and is the same everywhere.
  fileprivate var orderKey: UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in turns.map(\.content).joined(separator: "\u{0}").utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    hash ^= hash >> 31
    hash = hash &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 29)
  }
}
