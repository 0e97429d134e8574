import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Published heads that are not implemented are refused by name, with what is missing.
@Suite struct ClassifierRefusalTests {
  private typealias Tensor = ClassifierFixture.Expected.Tensor

  private static func tensor(_ shape: Int...) -> Tensor {
    Tensor(shape: shape, values: Array(repeating: 0.5, count: shape.reduce(1, *)))
  }

  private static func reason(
    config: String = "{}", _ heads: [String: Tensor] = [:], _ edit: (inout ClassifierOptions) -> Void = { _ in }
  ) throws -> String {
    let fixture = try ClassifierFixture("llama")
    var reading = ClassifierOptions(template: .llama3)
    edit(&reading)
    var reason = "accepted"
    try fixture.withFolder(config: config, heads: heads) { folder in
      do {
        _ = try RewardModel(classifier: folder, reading: reading, options: ModelFixture.options(fastCompute))
      } catch ModelError.unsupportedRewardModel(_, let text) { reason = text } catch { reason = "\(error)" }
    }
    return reason
  }

  @Test func headsOfMoreThanOneLayerAreNamed() throws {
    let mlp = ["v_head.summary.0.weight": Self.tensor(4, 16), "v_head.summary.2.weight": Self.tensor(1, 4)]
    #expect(try Self.reason(mlp).contains("v_head.summary"))
    #expect(try Self.reason(["v_head.weight": Self.tensor(1, 16)]).contains("token of its own"))
    let score = ["score.0.weight": Self.tensor(4, 16), "score.2.weight": Self.tensor(1, 4)]
    #expect(try Self.reason(score).contains("score.0.weight, score.2.weight"))
    let bias = ["score.weight": Self.tensor(1, 16), "score.bias": Self.tensor(1)]
    #expect(try Self.reason(bias).contains("score.bias"))
    let two = ["score.weight": Self.tensor(1, 16), "value_head.weight": Self.tensor(1, 16)]
    #expect(try Self.reason(two).contains("score.weight, value_head.weight"))
  }

  @Test func classesOfTheirOwnAreNamed() throws {
    let own = #"{"architectures": ["LlamaForSequenceClassification"], "auto_map": {"AutoModel": "x.Y"}}"#
    #expect(try Self.reason(config: own).contains("code of its own (auto_map of config.json)"))
    #expect(
      try Self.reason(config: #"{"architectures": ["LlamaForCausalLM"]}"#).contains(
        #"a language model's, which has no head, and its files have score.weight"#))
    #expect(
      try Self.reason(config: #"{"architectures": ["LlamaForTokenClassification"]}"#).contains("every token or step"))
    #expect(
      try Self.reason(config: #"{"architectures": ["Qwen2ForProcessRewardModel"]}"#).contains("every token or step"))
    #expect(try Self.reason(config: #"{"architectures": ["MyRewardModel"]}"#).contains("its class MyRewardModel"))
    let quantiles = #"{"architectures": ["LlamaForRewardModelWithGating"], "num_objectives": 19, "num_quantiles": 19}"#
    #expect(try Self.reason(config: quantiles).contains("quantiles"))
    #expect(try Self.reason(config: #"{"model_type": "internlm2"}"#).contains("internlm2"))
  }

  @Test func aLanguageModelHasNoReward() throws {
    #expect(try Self.reason(["": Tensor(shape: [], values: [])]).contains("score.weight is missing"))
  }

  @Test func labelsThatDoNotFitTheHeadAreRefused() throws {
    #expect(
      try Self.reason(config: #"{"id2label": {"0": "a", "1": "b"}}"#).contains(
        "has 1 output, and config.json has 2 labels"))
    #expect(try Self.reason(config: #"{"id2label": {"1": "a"}}"#).contains("does not number its labels from 0"))
    #expect(try Self.reason { $0.output = .index(1) }.contains("no output number 1"))
  }

  @Test func aNormalizationThatIsNotThereIsAnError() throws {
    #expect(try Self.reason { $0.normalizesRewards = true }.contains("no mean and std"))
    let flat = #"{"mean": 0.5, "std": 0}"#
    #expect(try Self.reason(config: flat) { $0.normalizesRewards = true }.contains("std is 0.0"))
    // OpenRLHF divides by it only where it was told to normalize.
    #expect(try Self.reason(config: flat) == "accepted")
  }

  @Test func paddingTokensThatTheTokenizerLacksAreErrors() throws {
    #expect(try Self.reason { $0.padding = .token("<pad>") }.contains("no token <pad>"))
  }

  /// A backbone with a head says so, and is read without it.
  @Test func aBackboneWithAHeadSaysSo() throws {
    let fixture = try ClassifierFixture("llama")
    let backbone = try Backbone(contentsOf: fixture.url, options: ModelFixture.options(fastCompute))
    #expect(backbone.headTensors == ["score.weight"])
    let facts = try backbone.facts()
    #expect(facts.reward == "score.weight, 1 output" && facts.refusal == nil && facts.formats == ["F32"])
    let size = try FileManager.default.attributesOfItem(
      atPath: fixture.url.appendingPathComponent("model.safetensors").path)
    #expect(facts.bytes == (size[.size] as? NSNumber)?.intValue)
    #expect(try ModelFixture.backbone("llama").headTensors.isEmpty)
    try fixture.withFolder(try fixture.variant("three-labels")) { folder in
      let facts = try Backbone(contentsOf: folder).facts()
      #expect(facts.reward == nil && facts.refusal?.contains("3 outputs (helpful, harmless, honest)") == true)
    }
  }
}
