import DMoERM
import Draws
import Foundation

@testable @_spi(Command) import DMoEData
@testable import DMoEModel
@testable import ServeBodies

extension FuzzTarget {
  /// Bodies of requests in the dialects of those who ask for rewards. An input is a line with the path and whose form paths have
  /// that several share, and then the body.
  static let requestBodies: [FuzzTarget] = [
    bodies("body-rewards", ["/v1/rewards"]),
    bodies("body-trainers", ["/get_reward", "/remote_rm", "/verify", "/v1/score/evaluation", "/predict"]),
    bodies(
      "body-engines",
      [
        "/classify", "/pooling", "/score", "/v1/score", "/rerank", "/v1/rerank", "/v2/rerank", "/reranking",
        "/v1/reranking", "/v1/embeddings",
      ]),
  ]

  private static func bodies(_ name: String, _ paths: [String]) -> FuzzTarget {
    let heads = paths.flatMap { path in SharedPathDialect.allCases.map { "\(path) \($0.rawValue)" } }
    let mutator: @Sendable ([UInt8], inout Draws) -> [UInt8]? = { mutate($0, heads, &$1) }
    return FuzzTarget(name, mutator: mutator) { bytes in
      guard let end = bytes.firstIndex(of: 0x0A) else { return }
      let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ").map(String.init)
      guard words.count == 2, paths.contains(words[0]), let shared = SharedPathDialect(rawValue: words[1]) else {
        return
      }
      let body = try JSONTree(reading: bytes[(end + 1)...])
      guard let dialect = DialectTable(shared: shared).dialect(of: words[0], body) else {
        throw Violation(reason: "\(words[0]) has no dialect")
      }
      try read(dialect, body)
    }
  }

  /// Another head, or another value in the body.
  private static func mutate(_ bytes: [UInt8], _ heads: [String], _ random: inout Draws) -> [UInt8]? {
    guard let end = bytes.firstIndex(of: 0x0A) else { return nil }
    if random.below(16) == 0 { return Array(random.element(of: heads).utf8) + bytes[end...] }
    return JSONMutator.mutate(Array(bytes[(end + 1)...]), &random).map { Array(bytes[...end]) + $0 }
  }

  /// The model that is asked.
  private static let served = Result {
    let bundle = Scratch.folder.appendingPathComponent("served.dmoerm")
    var model = try Tiny.model(try Tiny.taxonomy.get(), rank: 2)
    model.temperature = 2
    try model.write(to: bundle)
    let source = ModelSource(name: "tiny", bundle: bundle) { _ in
      try RewardModel(contentsOf: bundle, backbone: try Tiny.backbone.get(), options: Tiny.options, goldens: .none)
    }
    return try ServedModel(source, beside: [], keeping: 0)
  }

  /// Reads a request, has it stand in line, and answers it with rewards that were not computed.
  private static func read<D: Dialect>(_ dialect: D.Type, _ body: JSONTree) throws {
    let served = try served.get()
    let question: D
    switch asked(dialect, body, served) {
    case .success(let read): question = read
    case .failure(let error):
      try require((400..<500).contains(D.status(of: error)), "\(error.code) is told with \(D.status(of: error))")
      _ = try must("what a client is told cannot be read") { try JSONTree(reading: Data(D.body(of: error).text.utf8)) }
      throw error
    }
    let items = question.items
    try sameAgain(items, served)
    let again = try must("the same body is refused") {
      try asked(dialect, try JSONTree(reading: Data(body.text.utf8)), served).get()
    }
    try require(same(again.items, items), "other texts when the body is read again")
    let limits = ServeLimits()
    let jobs = ScoringJob.jobs(items, of: ScoringBatch(items, by: served), upTo: limits.passTokens)
    try require(
      jobs.reduce(0) { $0 + $1.responses.count } == items.reduce(0) { $0 + $1.responses.count }, "a response is lost")
    let facts = AnswerFacts(served: served, id: "id", date: Date(timeIntervalSince1970: 0))
    let scored = items.map { item in
      ScoredItem(
        responses: item.responses.indices.map { .success(reward($0, served)) }, promptTokens: 3, isCached: true)
    }
    _ = try must("scored responses cannot be told") {
      try JSONTree(reading: Data(try question.answer(scored, facts).text.utf8))
    }
    // One that cannot be scored is no number.
    guard var failed = scored.first, !failed.responses.isEmpty else { return }
    failed.responses[0] = .failure(ServeError(.notFinite, "no reward"))
    guard let answer = try? question.answer([failed] + scored.dropFirst(), facts) else { return }
    let result = answer["results"]?.array?.first
    try require(
      result?["rewards"]?.array?.first == .null && result?["errors"]?.array?.first?.isObject == true,
      "a number stands where no reward is: \(answer.text)")
  }

  /// What a body asks for.
  private static func asked<D: Dialect>(
    _ dialect: D.Type, _ body: JSONTree, _ served: ServedModel
  ) -> Result<D, ServeError> {
    var texts = TextReader(served)
    do { return .success(try D(body, &texts)) } catch { return .failure(error) }
  }

  private static func reward(_ place: Int, _ served: ServedModel) -> RewardBreakdown {
    let category = served.model.configuration.taxonomy.categories[0]
    return RewardBreakdown(
      reward: Float(place) - 0.5, category: category.id, routing: [0.75, 0.25], isMixture: false,
      capabilities: category.points.map { .init(point: $0.id, reward: 0.5) }, disagreement: 0.25, tokenCount: 7 + place,
      isTruncated: false)
  }

  /// What was read, written for the server's own path and read again.
  private static func sameAgain(_ items: [ScoringItem], _ served: ServedModel) throws {
    guard !items.isEmpty else { return }
    let elements = items.map { item in
      JSONTree([
        "messages": JSONTree(
          item.conversation.turns.map {
            JSONTree(["role": JSONTree($0.role.rawValue), "content": JSONTree($0.content)])
          }),
        "responses": JSONTree(item.responses.map { JSONTree($0) }), "category": item.category.map { JSONTree($0) },
        "normalize": JSONTree(item.isNormalized),
      ])
    }
    let again = try must("what was read is no request for rewards") {
      let body = try JSONTree(reading: Data(JSONTree(["items": JSONTree(elements)]).text.utf8))
      return try asked(RewardsRequest.self, body, served).get()
    }
    try require(same(again.items, items), "other texts when they are asked for at /v1/rewards")
  }

  private static func same(_ new: [ScoringItem], _ old: [ScoringItem]) -> Bool {
    new.count == old.count
      && zip(new, old).allSatisfy { new, old in
        KeptPrompts.Key(conversation: new.conversation, category: new.category)
          == KeptPrompts.Key(conversation: old.conversation, category: old.category)
          && new.responses.map { Array($0.utf8) } == old.responses.map { Array($0.utf8) }
          && new.isNormalized == old.isNormalized
      }
  }
}
