@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import DMoEServe

@Suite struct RewardsTests {
  @Test func rewardsAreThoseOfTheModelInProcess() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    let model = fixture.model
    try await fixture.test { client in
      let reply = try await client.post(
        "/v1/rewards",
        #"{"prompt": "Say a word", "responses": ["word", "no", "another, longer word"], "breakdown": true}"#)
      #expect(reply.status == 200, "\(reply.text)")
      let conversation = try Conversation(prompt: "Say a word")
      let prepared = try model.prepare(conversation)
      let expected = try model.breakdowns(of: ["word", "no", "another, longer word"], after: prepared)
      let result = try #require(reply.json["results"]?.array?.first)
      // One grouping, so the very bits.
      #expect(result["rewards"]?.numbers.map { Float($0).bitPattern } == expected.map(\.reward.bitPattern))
      #expect(
        agree(
          result["rewards"]?.numbers ?? [], try model.scores(["word", "no", "another, longer word"], to: conversation)))
      let ranked = expected.indices.sorted { expected[$0].reward > expected[$1].reward }
      #expect(result["ranking"]?.array?.compactMap(\.int) == ranked)
      let first = try #require(result["breakdowns"]?.array?.first)
      #expect(first["category"]?.string == expected[0].category && first["tokens"]?.int == expected[0].tokenCount)
      #expect(agree(["chat", "code"].compactMap { first["routing"]?[$0]?.double }, expected[0].routing, 1e-6))
      let probability = try #require(result["preferences"]?.array?[0].array?[1].double)
      let difference = Double(expected[0].reward - expected[1].reward) / 2
      #expect(abs(probability - 1 / (1 + exp(-difference))) < 1e-5)
      #expect(reply.json["bundle"]?["fingerprint"]?.string?.count == 32)
      #expect(reply.json["usage"]?["prompt_tokens"]?.int == prepared.tokenCount)
    }
  }

  @Test func oneOfSeveralResponsesThatFailsTakesNoneWithIt() async throws {
    let folder = try ServeFolder()
    try await ServeFixture(folder: folder).test { client in
      let long = String(repeating: "word ", count: 400)
      let reply = try await client.post("/v1/rewards", #"{"prompt": "Hi", "responses": ["yes", "  ", "\#(long)"]}"#)
      let result = reply.json["results"]?.array?.first
      #expect(reply.status == 200 && result?["rewards"]?.array?.map { $0.double != nil } == [true, false, false])
      #expect(result?["errors"]?.array?.map { $0["code"]?.string } == [nil, "empty_response", "too_long"])
      #expect(result?["ranking"]?.array?.compactMap(\.int) == [0])
      let none = try await client.post("/v1/rewards", #"{"prompt": "Hi", "response": " "}"#)
      #expect(none.status == 422 && none.json["error"]?["code"]?.string == "empty_response", "\(none.text)")
    }
  }

  @Test func messagesItemsAndACategoryAreHeeded() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    let model = fixture.model
    try await fixture.test { client in
      let reply = try await client.post(
        "/v1/rewards",
        #"""
        {"items": [
          {"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
           "response": "word", "category": "code"},
          {"prompt": "Hi", "responses": ["no", "word"], "category": "chat"}]}
        """#)
      let results = reply.json["results"]?.array ?? []
      #expect(results.count == 2, "\(reply.text)")
      let first = try model.scores(["word"], to: try Conversation(prompt: "Hi", system: "Be kind."), category: "code")
      let second = try model.scores(["no", "word"], to: try Conversation(prompt: "Hi"), category: "chat")
      #expect(agree(results.first?["rewards"]?.numbers ?? [], first))
      #expect(agree(results.last?["rewards"]?.numbers ?? [], second))
    }
  }

  @Test(arguments: [
    (#"{"prompt": "a"}"#, "invalid_request"), (#"{"response": "a"}"#, "invalid_request"),
    (#"{"prompt": "a", "response": "b", "mesages": []}"#, "invalid_request"),
    (#"{"prompt": "a", "response": "b", "category": "poetry"}"#, "unknown_category"),
    (#"{"prompt": "a", "response": "b", "system": ["Be kind."]}"#, "invalid_request"),
    (#"{"messages": [{"role": "tool", "content": "a"}], "response": "b"}"#, "invalid_request"),
    (#"{"messages": [{"role": "assistant", "content": "a"}], "response": "b"}"#, "invalid_request"),
    (#"{"prompt": "a", "response": NaN}"#, "invalid_request"), ("{", "invalid_request"), ("", "invalid_request"),
    (#"{"items": []}"#, "invalid_request"), ("[]", "invalid_request"),
  ])
  func brokenRequestsAreSaid(body: String, code: String) async throws {
    let folder = try ServeFolder()
    try await ServeFixture(folder: folder).test { client in
      let reply = try await client.post("/v1/rewards", body)
      #expect(reply.status == 400 && reply.json["error"]?["code"]?.string == code, "\(reply.text)")
      #expect(reply.json["error"]?["message"]?.string?.isEmpty == false)
    }
  }

  @Test func aModelOfOneCategoryKnowsNoOther() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(try ServeFixture.model { $0.taxonomy = .single }, folder: folder)
    let only = try #require(fixture.model.trainedCategories.first)
    try await fixture.test { client in
      let known = try await client.post("/v1/rewards", #"{"prompt": "a", "response": "b", "category": "\#(only)"}"#)
      #expect(known.status == 200, "\(known.text)")
      let other = try await client.post("/v1/rewards", #"{"prompt": "a", "response": "b", "category": "poetry"}"#)
      #expect(other.status == 400 && other.json["error"]?["code"]?.string == "unknown_category", "\(other.text)")
    }
  }

  @Test func withoutNormalizationRewardsAreAsHeadsGiveThem() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    try await fixture.test { client in
      let body = #"{"prompt": "Hi", "responses": ["yes", "no"], "normalize": \#(false)}"#
      let raw = try await client.post("/v1/rewards", body)
      let expected = try fixture.model.withoutNormalization.scores(["yes", "no"], to: "Hi")
      #expect(agree(raw.json["results"]?.array?.first?["rewards"]?.numbers ?? [], expected), "\(raw.text)")
      // The bundle's temperature is one of normalized rewards.
      #expect(raw.json["results"]?.array?.first?["preferences"] == nil, "\(raw.text)")
    }
  }
}
