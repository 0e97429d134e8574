import DMoECore
import DMoEModel
import Foundation
import Testing
import _TestSupport

@testable import DMoEPolicy

/// Adapters of a policy; that texts under them are peft's is in `GreedyParityTests`.
@Suite struct PolicyAdapterTests {
  private let prompt: [Int32] = [60, 61, 62]

  @Test func aWrittenAdapterIsReadAsItWas() throws {
    let model = try PolicyFixture.model("llama", adapter: "adapters/all-patterns-causal")
    try withTemporaryFolder { folder in
      try model.writeAdapter(to: folder)
      var other = try PolicyFixture.model("llama")
      try other.readAdapter(contentsOf: folder)
      let options = GenerationOptions(maximumTokens: 10, seed: 4, stopTokens: [])
      #expect(
        try model.generate(ids: [prompt], count: 3, options: options)
          == other.generate(ids: [prompt], count: 3, options: options))
      let data = try Data(contentsOf: folder.appendingPathComponent("adapter_config.json"))
      let fields = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(fields["task_type"] as? String == "CAUSAL_LM" && fields["modules_to_save"] is NSNull)
      #expect(fields["base_model_name_or_path"] as? String == "llama")
    }
  }

  @Test func aMergedModelWritesTheSame() throws {
    let model = try PolicyFixture.model("llama", adapter: "adapters/qv-causal")
    let merged = try model.merged()
    #expect(merged.adapter == nil)
    let options = PolicyFixture.greedyOptions(10)
    let (one, other) = try (
      model.generate(ids: [prompt], options: options)[0][0], merged.generate(ids: [prompt], options: options)[0][0]
    )
    #expect(one.ids == other.ids)
    expectClose(one.tokens.map(\.logProbability), other.tokens.map(\.logProbability), 1e-5, relativeTo: 1)
  }

  @Test func theReferenceIsTheModelBeforeItWasTuned() throws {
    let model = try PolicyFixture.model("llama", adapter: "adapters/qv-causal")
    let plain = try PolicyFixture.model("llama")
    let options = GenerationOptions(maximumTokens: 10, seed: 4, stopTokens: [])
    let text = try model.reference.generate(ids: [prompt], options: options)
    #expect(try text == plain.generate(ids: [prompt], options: options))
    #expect(try text != model.generate(ids: [prompt], options: options))
  }

  @Test func aFreshAdapterChangesNothing() throws {
    let plain = try PolicyFixture.model("llama")
    var model = plain
    try model.beginAdapter(LoRAConfiguration(rank: 4, targets: [.query, .down]), seed: 1)
    let options = GenerationOptions(maximumTokens: 10, seed: 4, stopTokens: [])
    #expect(
      try plain.generate(ids: [prompt], options: options) == model.generate(ids: [prompt], options: options))
    #expect(model.adapter?.parameterCount ?? 0 > 0)
  }

  @Test func anotherModelsAdapterIsRefused() throws {
    var model = try PolicyFixture.model("gemma3")
    #expect(throws: CoreError.self) {
      try model.readAdapter(contentsOf: PolicyFixture.models.url("llama/adapters/qv-causal"))
    }
    #expect(throws: PolicyError.noAdapter) { try model.writeAdapter(to: URL(fileURLWithPath: "/nowhere")) }
  }
}
