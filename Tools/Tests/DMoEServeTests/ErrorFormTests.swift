@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import DMoEServe

/// No dialect gives a number in place of an error, and each has its own form of one.
@Suite struct ErrorFormTests {
  private static let long = String(repeating: "word ", count: 400)

  /// A request that is well formed, whose one response is too long or empty.
  private static func bodies(_ response: String) -> [(path: String, body: String, status: Int, key: [String])] {
    let text = JSONTree(response).text
    let whole = JSONTree("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n\(response)<|im_end|>\n").text
    return [
      ("/v1/rewards", #"{"prompt": "Hi", "response": \#(text)}"#, 422, ["error", "code"]),
      ("/get_reward", #"{"query": [\#(whole)], "prompts": [""], "labels": [null]}"#, 422, ["detail"]),
      ("/classify", #"{"input": \#(whole)}"#, 400, ["error", "type"]),
      ("/pooling", #"{"input": \#(whole)}"#, 400, ["error", "type"]),
      ("/score", #"{"text_1": "Hi", "text_2": \#(text)}"#, 400, ["error", "message"]),
      ("/rerank", #"{"query": "Hi", "documents": [\#(text)]}"#, 400, ["error", "message"]),
      ("/classify", #"{"text": \#(whole)}"#, 400, ["message"]),
      ("/v1/score", #"{"query": "Hi", "items": [\#(text)]}"#, 400, ["message"]),
      ("/rerank", #"{"query": "Hi", "texts": [\#(text)]}"#, 0, ["error_type"]),
      ("/predict", #"{"inputs": ["Hi", \#(text)]}"#, 0, ["error_type"]),
      ("/v1/reranking", #"{"query": "Hi", "documents": [\#(text)]}"#, 400, ["error", "type"]),
      ("/remote_rm", #"{"prompt": "Hi", "response": \#(text)}"#, 422, ["detail"]),
      ("/v1/score/evaluation", #"{"messages": [\#(whole)]}"#, 422, ["detail"]),
      ("/v1/embeddings", #"{"input": \#(whole)}"#, 400, ["error", "message"]),
      (
        "/verify",
        #"{"responses_create_params": {"input": "Hi"}, "response": {"output": [{"content": [{"text": \#(text)}]}]}}"#,
        422,
        ["detail"]
      ),
    ]
  }

  @Test(arguments: [" ", ErrorFormTests.long]) func aResponseWithoutARewardIsAnErrorEverywhere(response: String)
    async throws
  {
    let folder = try ServeFolder()
    try await ServeFixture(folder: folder).test { client in
      for (path, body, status, keys) in Self.bodies(response) {
        let reply = try await client.post(path, body)
        // TEI tells an empty text from one that is too long.
        let expected = status == 0 ? (response == " " ? 400 : 422) : status
        #expect(reply.status == expected, "\(path): \(reply.text)")
        let value = keys.reduce(Optional(reply.json)) { $0?[$1] }
        #expect(value?.string?.isEmpty == false, "\(path): \(reply.text)")
        #expect(!reply.text.contains("word word"), "no text comes back")
      }
    }
  }

  @Test func whatIsNotThereIsSaid() async throws {
    let folder = try ServeFolder()
    try await ServeFixture(folder: folder).test { client in
      let path = try await client.get("/nothing")
      #expect(path.status == 404 && path.json["error"]?["code"]?.string == "not_found")
      let method = try await client.get("/v1/rewards")
      #expect(method.status == 405 && method.json["error"]?["code"]?.string == "method_not_allowed")
      let own = try await client.post("/v1/rewards", #"{"model": "other", "prompt": "a", "response": "b"}"#)
      #expect(own.status == 404 && own.json["error"]?["code"]?.string == "unknown_model")
      let vllm = try await client.post("/classify", #"{"model": "other", "input": "a"}"#)
      #expect(vllm.status == 404 && vllm.json["error"]?["type"]?.string == "NotFoundError")
      let bare = try await client.post("/classify", #"{"input": "only a text"}"#)
      #expect(bare.status == 400 && bare.json["error"]?["message"]?.string?.contains("messages") == true)
    }
  }
}
