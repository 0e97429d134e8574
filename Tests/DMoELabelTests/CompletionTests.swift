@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel
import Foundation
import Testing

@Suite struct CompletionTests {
  @Test(arguments: ["stop", "length", "content_filter", "tool_calls"])
  func finishReasonsKeepTheirWireNames(name: String) throws {
    let reason = CompletionReply.FinishReason(name: name)
    #expect(reason.name == name)
    let data = try JSONEncoder().encode([reason])
    #expect(String(decoding: data, as: UTF8.self) == "[\"\(name)\"]")
    #expect(try JSONDecoder().decode([CompletionReply.FinishReason].self, from: data) == [reason])
    #expect((reason == .other(name)) == (name == "tool_calls"))
  }

  @Test func repliesAreRememberedInFiles() throws {
    let reply = CompletionReply(
      text: "1", finishReason: .length, usage: .init(promptTokens: 5, completionTokens: 1, cachedTokens: 2),
      tokens: [.init(token: "1", logProbability: -0.5, alternatives: [.init(token: "2", logProbability: -1)])])
    #expect(try JSONDecoder().decode(CompletionReply.self, from: JSONEncoder().encode(reply)) == reply)
  }

  @Test func aScriptIsAClient() async throws {
    struct Echo: LanguageModelClient {
      func complete(_ request: CompletionRequest) async throws -> CompletionReply {
        CompletionReply(text: request.messages.last?.content ?? "")
      }
    }
    let client: any LanguageModelClient = Echo()
    let reply = try await client.complete(CompletionRequest(model: "m", messages: [.user("hi")]))
    #expect(reply.text == "hi")
    #expect(reply.finishReason == .stop)
  }
}
