/// A row of `PreferenceFormat.native`.
struct NativeRow: PreferenceRow {
  private let id: String?
  private let source: String?
  private let language: String?
  private let conversation: Conversation
  private let responses: [String]
  private let ranks: [Int]?
  private let category: String?
  private let capabilityName: String?
  private let capabilities: [String: [Int]]
  private let margin: Float?
  private let weight: Float?
  private let probability: Float?
  private let annotator: String?
  private let isUnranked: Bool

  /// Set where rows that rank nothing are read as ties of weight 0.
  static let keepsUnranked = CodingUserInfoKey(rawValue: "dmoerm.keepsUnranked")

  private static func keepsUnranked(_ decoder: any Decoder) -> Bool {
    keepsUnranked.map { decoder.userInfo[$0] as? Bool ?? false } ?? false
  }

  private static let keys: Set<String> = [
    "id", "source", "language", "lang", "conversation", "messages", "prompt", "responses", "ranks", "category", "task",
    "capability", "capabilities", "margin", "weight", "probability", "annotator", "metadata",
  ]

  init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: RowKey.self)
    try row.refuseKeys(besides: Self.keys)
    id = try row.decodeIfPresent(RowIdentifier.self, forKey: "id")?.text
    source = try row.decodeIfPresent(String.self, forKey: "source")
    language = try row.decodeFirst(String.self, of: "language", "lang")
    conversation = try row.decodeConversation()
    responses = try row.decode([String].self, forKey: "responses")
    ranks = try row.decodeRanksIfPresent(forKey: "ranks")
    category = try row.decodeFirst(String.self, of: "category", "task")
    capabilityName = try row.decodeIfPresent(String.self, forKey: "capability")
    capabilities = try (row.decodeIfPresent([String: [Double]].self, forKey: "capabilities") ?? [:])
      .reduce(into: [:]) {
        $0[$1.key] = try KeyedDecodingContainer.wholeNumbers($1.value, "capabilities.\($1.key.prefix(64))")
      }
    margin = try row.decodeIfPresent(Float.self, forKey: "margin")
    weight = try row.decodeIfPresent(Float.self, forKey: "weight")
    probability = try row.decodeIfPresent(Float.self, forKey: "probability")
    annotator = try row.decodeIfPresent(String.self, forKey: "annotator")
    if capabilityName != nil, !capabilities.isEmpty {
      throw DataError.malformedRow(reason: "both \"capability\" and \"capabilities\"")
    }
    isUnranked = ranks == nil && probability == nil && capabilities.isEmpty
    if isUnranked, !Self.keepsUnranked(decoder) {
      throw DataError.malformedRow(reason: "missing key \"ranks\"")
    }
    if capabilities.keys.contains("overall") {
      throw DataError.malformedRow(reason: "capabilities.overall: the overall preference belongs in \"ranks\"")
    }
  }

  func samples(id fallback: String) throws -> [RankedResponses] {
    var samples: [RankedResponses] = []
    let unranked = isUnranked ? responses.map { _ in 1 } : nil
    if let ranks = ranks ?? probability.map(Self.ranks) ?? unranked {
      samples.append(try sample(fallback, ranks, capability(capabilityName), margin, probability))
    }
    for (name, ranks) in capabilities.sorted(by: { $0.key < $1.key }) {
      samples.append(try sample(fallback, ranks, name, nil, nil))
    }
    return samples
  }

  private func sample(
    _ fallback: String, _ ranks: [Int], _ capability: String?, _ margin: Float?, _ probability: Float?
  ) throws(DataError) -> RankedResponses {
    try RankedResponses(
      id: id ?? fallback, source: source, language: language, conversation: conversation, responses: responses,
      ranks: ranks, category: category, capability: capability, margin: margin, weight: isUnranked ? 0 : weight ?? 1,
      probability: probability, annotator: annotator)
  }

  private static func ranks(of probability: Float) -> [Int] {
    if probability == 0.5 { return [1, 1] }
    return probability > 0.5 ? [1, 2] : [2, 1]
  }
}

extension KeyedDecodingContainer<RowKey> {
  /// The conversation under exactly one of `conversation`, `messages` and `prompt`.
  func decodeConversation() throws -> Conversation {
    let present = (["conversation", "messages", "prompt"] as [RowKey]).filter { key in
      contains(key) && (try? decodeNil(forKey: key)) != true
    }
    guard let key = present.first, present.count == 1 else {
      throw DataError.malformedRow(
        reason: present.isEmpty
          ? "missing key \"conversation\" or \"prompt\""
          : "more than one of \"conversation\", \"messages\", \"prompt\"")
    }
    switch try decode(TextOrMessages.self, forKey: key) {
    case .text(let prompt): return try Conversation(prompt: prompt)
    case .messages(let turns): return try Conversation(turns)
    }
  }
}

extension RankedResponses: Codable {
  /// Reads a row of `PreferenceFormat.native` that stands for one sample and has an identifier.
  public init(from decoder: any Decoder) throws {
    let samples = try NativeRow(from: decoder).samples(id: "")
    guard samples.count == 1, let sample = samples.first else {
      throw DataError.malformedRow(reason: "\"capabilities\" make \(samples.count) samples of one row")
    }
    self = sample
  }

  /// Writes a row of `PreferenceFormat.native`.
  public func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: RowKey.self)
    try row.encode(id, forKey: "id")
    try row.encodeIfPresent(source, forKey: "source")
    try row.encodeIfPresent(language, forKey: "language")
    try row.encodeIfPresent(category, forKey: "category")
    try row.encodeIfPresent(capability, forKey: "capability")
    try row.encode(conversation, forKey: "conversation")
    try row.encode(responses, forKey: "responses")
    try row.encode(ranks, forKey: "ranks")
    try row.encodeIfPresent(margin, forKey: "margin")
    if weight != 1 { try row.encode(weight, forKey: "weight") }
    try row.encodeIfPresent(probability, forKey: "probability")
    try row.encodeIfPresent(annotator, forKey: "annotator")
  }
}
