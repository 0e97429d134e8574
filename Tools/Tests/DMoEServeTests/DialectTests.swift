@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import DMoEServe

/// Each dialect by the requests that its own clients send.
@Suite struct DialectTests {
  private static let prompt = "Why is the sky blue?"
  private static let answer = "It scatters light."

  /// ChatML as a policy's tokenizer writes it, which is the tiny model's own template.
  private static let templated =
    "<|im_start|>user\n\(prompt)<|im_end|>\n<|im_start|>assistant\n\(answer)<|im_end|>\n"
  private static let templatedPrompt = "<|im_start|>user\n\(prompt)<|im_end|>\n<|im_start|>assistant\n"

  private static func json(_ text: String) -> String { JSONTree(text).text }

  private func served(
    dialect: SharedPathDialect = .vllm,
    _ body: @Sendable @escaping (ServeClient, _ rewards: [Float], _ model: RewardModel) async throws -> Void
  ) async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder) { $0.dialect = dialect }
    let model = fixture.model
    let rewards = try model.scores(
      [Self.answer, "Because.", "No idea, friend."], to: try Conversation(prompt: Self.prompt))
    #expect(Set(rewards).count == 3)
    try await fixture.test { client in try await body(client, rewards, model) }
  }

  @Test func openRLHFSendsOneDecodedSampleARequest() async throws {
    try await served { client, rewards, _ in
      let body =
        #"{"query": [\#(Self.json(Self.templated))], "prompts": [\#(Self.json(Self.templatedPrompt))], "labels": ["x"]}"#
      let reply = try await client.post("/get_reward", body)
      #expect(reply.status == 200, "\(reply.text)")
      #expect(agree(reply.json["rewards"]?.numbers ?? [], [rewards[0]]))
      #expect(reply.json["scores"] == reply.json["rewards"])
      #expect(reply.json["extra_logs"]?["disagreement"]?.numbers.count == 1)
      // A policy of another family, whose text is not the prompt's beginning: its turns are split.
      let llama =
        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n\(Self.prompt)<|eot_id|>"
        + "<|start_header_id|>assistant<|end_header_id|>\n\n\(Self.answer)<|eot_id|>"
      let foreign = try await client.post(
        "/get_reward", #"{"query": [\#(Self.json(llama))], "prompts": [""], "labels": [null]}"#)
      #expect(agree(foreign.json["rewards"]?.numbers ?? [], [rewards[0]]), "\(foreign.text)")
      #expect(foreign.headers[.notes]?.contains("template-llama-3") == true)
      // The same with the prompt before it, which ends with the user's turn: the header belongs to no response.
      let asked = String(llama[..<(try #require(llama.range(of: "<|start_header_id|>assistant")).lowerBound)])
      let headed = try await client.post(
        "/get_reward",
        #"{"query": [\#(Self.json(llama))], "prompts": [\#(Self.json(asked))], "labels": [null]}"#)
      #expect(agree(headed.json["rewards"]?.numbers ?? [], [rewards[0]]), "\(headed.text)")
      // What a server gets of a batch that is shared among several may be nothing.
      let none = try await client.post("/get_reward", #"{"query": [], "prompts": [], "labels": []}"#)
      #expect(none.status == 200 && none.json["rewards"]?.array?.isEmpty == true, "\(none.text)")
      let tool = Self.templated + "<|im_start|>tool\n12:00<|im_end|>\n<|im_start|>assistant\nNoon.<|im_end|>\n"
      let refused = try await client.post("/get_reward", #"{"query": [\#(Self.json(tool))]}"#)
      #expect(refused.status == 400 && refused.text.contains("a turn of the role tool"), "\(refused.text)")
      let unknown = try await client.post(
        "/get_reward", #"{"query": ["<|speaker:1|>Hi<|end|>"], "prompts": [""], "labels": [null]}"#)
      #expect(unknown.status == 400 && unknown.json["detail"]?.string?.isEmpty == false, "\(unknown.text)")
    }
  }

  @Test func vLLMClassifyIsRawUnlessActivationIsAskedFor() async throws {
    try await served { client, rewards, _ in
      // verl sends templated text whose BOS it took away, and reads data[-1].probs[-1].
      let body = #"{"model": "tiny", "input": \#(Self.json(Self.templated)), "use_activation": false}"#
      let reply = try await client.post("/classify", body)
      let entry = reply.json["data"]?.array?.last
      #expect(agree(entry?["probs"]?.numbers ?? [], [rewards[0]]), "\(reply.text)")
      #expect(entry?["num_classes"]?.int == 1 && reply.json["object"]?.string == "list")
      #expect(reply.json["id"]?.string?.hasPrefix("classify-") == true && reply.json["model"]?.string == "tiny")
      let activated = try await client.post(
        "/classify",
        #"{"messages": [{"role": "user", "content": \#(Self.json(Self.prompt))}, {"role": "assistant", "content": \#(Self.json(Self.answer))}], "use_activation": true}"#
      )
      #expect(
        agree(activated.json["data"]?.array?.last?["probs"]?.numbers ?? [], [1 / (1 + exp(-rewards[0]))]),
        "\(activated.text)")
      let removed = try await client.post("/classify", #"{"input": "a", "activation": true}"#)
      #expect(removed.status == 400 && removed.json["error"]?["code"]?.int == 400)
      let pooled = try await client.post("/pooling", #"{"input": [\#(Self.json(Self.templated))]}"#)
      #expect(agree(pooled.json["data"]?.array?.first?["data"]?.numbers ?? [], [rewards[0]]), "\(pooled.text)")
      let base64 = try await client.post(
        "/pooling", #"{"input": \#(Self.json(Self.templated)), "encoding_format": "base64"}"#)
      let bytes = base64.json["data"]?.array?.first?["data"]?.string.flatMap { Data(base64Encoded: $0) }
      #expect(bytes?.count == 4)
    }
  }

  @Test func tokenIDsAndADoubledStartAreTheSameConversation() async throws {
    try await served { client, rewards, model in
      let tokenizer = try #require(model.backbone.tokenizer)
      let ids = tokenizer.encode(Self.templated).map(String.init).joined(separator: ",")
      let reply = try await client.post("/classify", #"{"input": [\#(ids)]}"#)
      #expect(agree(reply.json["data"]?.array?.last?["probs"]?.numbers ?? [], [rewards[0]]), "\(reply.text)")
      let doubled = try await client.post("/classify", #"{"input": \#(Self.json("<s>" + Self.templated))}"#)
      #expect(agree(doubled.json["data"]?.array?.last?["probs"]?.numbers ?? [], [rewards[0]]), "\(doubled.text)")
      #expect(doubled.headers[.notes]?.contains("doubled-bos-removed") == true)
      let outside = try await client.post("/classify", #"{"input": [1, 99999999]}"#)
      #expect(outside.status == 400)
    }
  }

  @Test func vLLMScoresPairsUnderEachOfItsNames() async throws {
    try await served { client, rewards, _ in
      for (first, second) in [
        ("queries", "documents"), ("queries", "items"), ("data_1", "data_2"), ("text_1", "text_2"),
      ] {
        for path in ["/score", "/v1/score"] {
          let reply = try await client.post(
            path, #"{"\#(first)": \#(Self.json(Self.prompt)), "\#(second)": [\#(Self.json(Self.answer)), "Because."]}"#)
          let scores = reply.json["data"]?.array?.compactMap { $0["score"]?.double } ?? []
          #expect(agree(scores, Array(rewards[..<2])), "\(reply.text)")
        }
      }
      let uneven = try await client.post("/score", #"{"text_1": ["a", "b"], "text_2": ["c"]}"#)
      #expect(uneven.status == 400)
    }
  }

  @Test func rerankersAnswerInTheFormOfTheRequest() async throws {
    try await served { client, rewards, _ in
      let documents = #"[\#(Self.json(Self.answer)), "Because.", "No idea, friend."]"#
      let order = rewards.indices.sorted { rewards[$0] > rewards[$1] }
      let sorted = order.map { rewards[$0] }
      for path in ["/rerank", "/v1/rerank", "/v2/rerank"] {
        let vllm = try await client.post(
          path, #"{"query": \#(Self.json(Self.prompt)), "documents": \#(documents), "top_n": 2}"#)
        let results = vllm.json["results"]?.array ?? []
        #expect(results.compactMap { $0["index"]?.int } == Array(order[..<2]), "\(vllm.text)")
        #expect(agree(results.compactMap { $0["relevance_score"]?.double }, Array(sorted[..<2])))
        #expect(results.first?["document"]?["text"]?.string != nil)
      }
      let jina = try await client.post(
        "/v1/rerank",
        #"{"model": "tiny", "query": \#(Self.json(Self.prompt)), "documents": \#(documents), "return_documents": false}"#
      )
      #expect(jina.json["results"]?.array?.count == 3 && jina.json["results"]?.array?.first?["document"] == nil)
      let tei = try await client.post(
        "/rerank",
        #"{"query": \#(Self.json(Self.prompt)), "texts": \#(documents), "raw_scores": true, "return_text": true}"#)
      #expect(agree(tei.json.array?.compactMap { $0["score"]?.double } ?? [], sorted), "\(tei.text)")
      #expect(tei.json.array?.first?["text"]?.string != nil)
      let llama = try await client.post(
        "/v1/reranking", #"{"query": \#(Self.json(Self.prompt)), "documents": \#(documents)}"#)
      #expect(llama.json["object"]?.string == "list" && llama.json["results"]?.array?.count == 3)
      #expect(llama.json["results"]?.array?.first?.keys == ["index", "relevance_score"])
    }
  }

  @Test func sharedPathsAnswerInTheChosenForm() async throws {
    let body = #"{"query": "a", "documents": ["b", "c"], "top_n": 0}"#
    try await served(dialect: .llamaCpp) { client, _, _ in
      let reply = try await client.post("/v1/rerank", body)
      #expect(reply.json["results"]?.array?.isEmpty == true)
    }
    try await served(dialect: .sglang) { client, _, _ in
      let reply = try await client.post("/v1/rerank", #"{"query": "a", "documents": ["b", "c"]}"#)
      #expect(reply.json.array?.first?.keys == ["score", "document", "index", "meta_info"])
    }
  }

  @Test func sglangReadsTextAndItems() async throws {
    try await served { client, rewards, _ in
      let list = try await client.post("/classify", #"{"model": "tiny", "text": [\#(Self.json(Self.templated))]}"#)
      #expect(agree(list.json.array?.first?["embedding"]?.numbers ?? [], [rewards[0]]), "\(list.text)")
      let one = try await client.post("/classify", #"{"text": \#(Self.json(Self.templated))}"#)
      #expect(agree(one.json["embedding"]?.numbers ?? [], [rewards[0]]))
      #expect((one.json["meta_info"]?["prompt_tokens"]?.int ?? 0) > 0)
      let score = try await client.post(
        "/v1/score",
        #"{"query": \#(Self.json(Self.prompt)), "items": [\#(Self.json(Self.answer)), "Because."], "model": "tiny"}"#)
      #expect(agree(score.json["scores"]?.array?.flatMap(\.numbers) ?? [], Array(rewards[..<2])), "\(score.text)")
      let softmax = try await client.post("/v1/score", #"{"query": "a", "items": ["b"], "apply_softmax": true}"#)
      #expect(softmax.status == 400 && softmax.json["object"]?.string == "error")
      let verl = try await client.post("/v1/embeddings", #"{"model": "tiny", "input": \#(Self.json(Self.templated))}"#)
      #expect(agree(verl.json["data"]?.array?.last?["embedding"]?.numbers ?? [], [rewards[0]]), "\(verl.text)")
      let activated = try await client.post(
        "/v1/embeddings", #"{"input": \#(Self.json(Self.templated)), "use_activation": true}"#)
      #expect(
        agree(activated.json["data"]?.array?.last?["embedding"]?.numbers ?? [], [1 / (1 + exp(-rewards[0]))]),
        "\(activated.text)")
    }
  }

  @Test func teiTakesAListOfTwoForAPair() async throws {
    try await served { client, rewards, _ in
      let pair = try await client.post(
        "/predict", #"{"inputs": [\#(Self.json(Self.prompt)), \#(Self.json(Self.answer))], "raw_scores": true}"#)
      #expect(agree(pair.json.array?.compactMap { $0["score"]?.double } ?? [], [rewards[0]]), "\(pair.text)")
      let batch = try await client.post(
        "/predict", #"{"inputs": [[\#(Self.json(Self.templated))], [\#(Self.json(Self.prompt)), "Because."]]}"#)
      let scores = batch.json.array?.compactMap { $0.array?.first?["score"]?.double } ?? []
      #expect(agree(scores, rewards[..<2].map { 1 / (1 + exp(-$0)) }), "\(batch.text)")
      let info = try await client.get("/info").json
      #expect(info["model_id"]?.string == "tiny" && info["model_type"]?["reranker"] != nil)
    }
  }

  @Test func theWholeAnswerToSlimeIsTheReward() async throws {
    try await served { client, rewards, _ in
      let reply = try await client.post(
        "/remote_rm",
        #"{"prompt": \#(Self.json(Self.templatedPrompt)), "response": \#(Self.json(Self.answer + "<|im_end|>")), "label": null}"#
      )
      #expect(agree([reply.json.double ?? .nan], [rewards[0]]), "\(reply.text)")
      let keyed = try await client.post(
        "/remote_rm",
        #"{"prompt": [{"role": "user", "content": \#(Self.json(Self.prompt))}], "response": \#(Self.json(Self.answer)), "reward_key": "score"}"#
      )
      #expect(agree([keyed.json["score"]?.double ?? .nan], [rewards[0]]), "\(keyed.text)")
    }
  }

  @Test func nemoGymGetsItsRowBack() async throws {
    try await served { client, rewards, _ in
      let body = #"""
        {"responses_create_params": {"input": [{"role": "user", "content": \#(Self.json(Self.prompt))}]},
         "response": {"id": "r", "output": [{"type": "reasoning", "summary": []},
           {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": \#(Self.json(Self.answer))}]}]},
         "row": 7.50}
        """#
      let reply = try await client.post("/verify", body)
      #expect(agree([reply.json["reward"]?.double ?? .nan], [rewards[0]]), "\(reply.text)")
      #expect(reply.json.keys == ["responses_create_params", "response", "row", "reward", "reward_components"])
      #expect(reply.text.contains(#""row":7.50"#))
      let call = body.replacingOccurrences(of: #""type": "reasoning""#, with: #""type": "function_call""#)
      let refused = try await client.post("/verify", call)
      #expect(refused.status == 400 && refused.json["detail"]?.string?.contains("function_call") == true)
      #expect(try await client.post("/seed_session", "{}").status == 200)
      #expect(try await client.get("/reverify_mode").text == #""stateless""#)
    }
  }

  @Test func llamaFactorySendsWholeTexts() async throws {
    try await served { client, rewards, _ in
      let reply = try await client.post(
        "/v1/score/evaluation", #"{"model": "model", "messages": [\#(Self.json(Self.templated))]}"#)
      #expect(agree(reply.json["scores"]?.numbers ?? [], [rewards[0]]), "\(reply.text)")
      #expect(reply.json["object"]?.string == "score.evaluation")
    }
  }
}
