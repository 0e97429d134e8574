import DMoECore
import DMoEData
import Testing
import _TestSupport

@testable import DMoEModel

/// Equal texts of one call get equal bits, whatever kernels multiply: CI runs this suite under every kernel set of OpenBLAS
/// that its CPU can run, because some treat the rows of a product by their place.
@Suite struct EqualTextsInvarianceTests {
  /// Every precision that this build and CPU have.
  static var options: [ComputeOptions] {
    ([ComputeOptions(threads: 2)]
      + WeightPrecision.allCases.map { ComputeOptions(threads: 1, precision: $0) }
      + [ComputeOptions(backend: .oneDNN, threads: 1)])
      .filter { (try? Compute($0)) != nil }
  }

  private func model(
    _ options: ComputeOptions, _ edit: (inout RewardModel.Configuration) -> Void = { _ in }
  ) throws -> RewardModel {
    let backbone = try Backbone(contentsOf: ModelFixture.folder.url("llama"), options: options)
    return try TinyModel.model(backbone: backbone, edit).running(by: options)
  }

  private let text = "a response of some words"

  @Test func thirteenEqualResponsesGetOneReward() throws {
    for options in Self.options {
      let model = try model(options)
      for category in ["chat", "code", "other"] {
        let conversation: Conversation = "Say a word"
        let same = [String](repeating: text, count: 13)
        let all = try model.breakdowns(of: same, to: conversation, category: category)
        #expect(Set(all.map(\.reward)).count == 1, "\(options)")
        #expect(all.allSatisfy { $0 == all[0] })
        // One distinct response is what it is alone, to the bit.
        #expect(try all[0] == model.breakdown(of: text, to: conversation, category: category))
        let prepared = try model.prepare(conversation, category: category)
        #expect(try Set(model.scores(same, after: prepared)).count == 1)
        #expect(try model.scores(same, after: prepared)[0] == model.score(text, after: prepared))
      }
    }
  }

  @Test func equalResponsesAmongOthersGetOneReward() throws {
    for options in Self.options {
      let model = try model(options)
      let others = (0..<12).map { "another one, number \($0)" }
      let mixed = others.flatMap { [$0, text] }
      for category in ["chat", "other"] {
        let conversation: Conversation = "Say a word"
        func equals(_ rewards: [Float]) -> Set<Float> {
          Set(stride(from: 1, to: rewards.count, by: 2).map { rewards[$0] })
        }
        #expect(try equals(model.scores(mixed, to: conversation, category: category)).count == 1, "\(options)")
        let prepared = try model.prepare(conversation, category: category)
        #expect(try equals(model.scores(mixed, after: prepared)).count == 1, "\(options)")
        let scores = try model.scores(mixed, to: conversation, category: category)
        #expect(try scores == model.breakdowns(of: mixed, to: conversation, category: category).map(\.reward))
      }
    }
  }

  @Test func oneTextInSeveralPlacesOfACallGetsOneReward() throws {
    for options in Self.options {
      let model = try model(options)
      let candidates = try (0..<9).flatMap { index in
        try [
          Candidate(prompt: "Say a word", response: text),
          Candidate(prompt: "question \(index)", response: "no \(index)"),
          Candidate(prompt: "Say a word", response: "number \(index)"),
        ]
      }
      let rewards = try model.scores(of: candidates)
      #expect(Set(stride(from: 0, to: rewards.count, by: 3).map { rewards[$0] }).count == 1, "\(options)")
      let groups = try model.breakdowns(
        (0..<5).map { (conversation: "Say a word", responses: [text] + (0..<$0).map { "number \($0)" }) })
      #expect(Set(groups.map { $0[0].reward }).count == 1, "\(options)")
    }
  }

  /// As tokens: what a conversation has lost to the length limit no longer tells it from another.
  @Test func textsThatAreEqualAsTokensGetOneReward() throws {
    let options = ComputeOptions(threads: 1)
    // Room for the last turn and the longer response, and for none of the turns before.
    let room = try model(options).breakdown(of: text, to: "And now?", category: "chat").tokenCount
    let model = try model(options) {
      $0.maximumTokens = room
      $0.lengthPolicy = .dropOldestTurns
    }
    let openings = ["one two three four five six seven", "eight nine ten eleven twelve thirteen"]
    let groups = try openings.map { opening in
      let conversation = try Conversation([.user(opening), .assistant(opening), .user("And now?")])
      return (conversation: conversation, responses: [text, "no"])
    }
    let found = try model.breakdowns(groups + [("And now?", [text, "no"])], category: "chat")
    #expect(found[0][0].isTruncated && !found[2][0].isTruncated)
    #expect(Set(found.map { $0[0].reward }).count == 1)
  }

  @Test func equalConversationsAreRoutedAlike() throws {
    for options in Self.options {
      let model = try model(options)
      let conversations: [Conversation] = try (0..<13).flatMap {
        ["the same", try Conversation(prompt: "other \($0)")]
      }
      let routes = try model.routes(conversations)
      let same = stride(from: 0, to: routes.count, by: 2).map { routes[$0] }
      #expect(same.allSatisfy { $0 == same[0] }, "\(options)")
      #expect(routes.count == 26 && Set(routes.map(\.probabilities)).count > 1)
    }
  }

  /// More rows than one pass takes, so that the prompt is kept.
  @Test func manyResponsesWithEqualsAmongThemAreOrderedAsGiven() throws {
    let model = try model(ComputeOptions(threads: 1))
    let distinct = (0..<40).map { "number \($0) " + String(repeating: "word ", count: 12) }
    let twice = distinct.flatMap { [$0, $0] }
    let rewards = try model.scores(twice, to: "Say", category: "code")
    let alone = try distinct.map { try model.score($0, to: "Say", category: "code") }
    for index in distinct.indices { #expect(rewards[2 * index] == rewards[2 * index + 1]) }
    let spread = Double((alone.max() ?? 0) - (alone.min() ?? 0))
    expectClose(stride(from: 0, to: twice.count, by: 2).map { rewards[$0] }, alone, 1e-5, relativeTo: spread)
  }
}
