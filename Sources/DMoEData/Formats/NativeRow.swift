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

  init(_ row: RowObject, _ notes: inout RowNotes) throws(DataError) {
    try row.checkStrictly(PreferenceFormat.native.keyUses, &notes)
    id = try row.identifier()
    source = try row.text("source")
    language = try row.text("language", or: "lang")
    conversation = try row.conversation(&notes)
    responses = try row.responses("responses")
    ranks = try row.ranks("ranks")
    category = try row.text("category", or: "task")
    capabilityName = try row.text("capability")
    capabilities = try row.ranksByName("capabilities")
    margin = try row.number("margin")
    weight = try row.number("weight")
    probability = try row.number("probability")
    annotator = try row.text("annotator")
    if capabilityName != nil, !capabilities.isEmpty {
      throw DataError.malformedRow(reason: "both \"capability\" and \"capabilities\"")
    }
    if capabilities.keys.contains("overall") {
      throw DataError.malformedRow(reason: "capabilities.overall: the overall preference belongs in \"ranks\"")
    }
    isUnranked = ranks == nil && probability == nil && capabilities.isEmpty
  }

  /// The samples of a row that ranks something, as all but responses still to be labelled do.
  func samples(id: String) throws(DataError) -> [RankedResponses] {
    guard !isUnranked else { throw .malformedRow(reason: "missing key \"ranks\"") }
    return try samplesOrTies(id: id)
  }

  /// The samples of the row; a row that ranks nothing is a tie of weight 0.
  func samplesOrTies(id fallback: String) throws(DataError) -> [RankedResponses] {
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

extension RankedResponses: Codable {
  /// Reads a row of `PreferenceFormat.native` that stands for one sample and has an identifier.
  public init(from decoder: any Decoder) throws {
    var notes = RowNotes()
    let samples = try NativeRow(RowObject(JSONValue(from: decoder)), &notes).samples(id: "")
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
