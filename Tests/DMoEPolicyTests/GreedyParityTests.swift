import DMoECore
import DMoEModel
import Testing
import _TestSupport

@testable import DMoEPolicy

/// What is written always with the likeliest token, against transformers and peft; log-probabilities in nats. Single precision
/// leaves about 1e-5 of logits of some tens.
@Suite struct GreedyParityTests {
  private let tolerance = 1e-4

  @Test(arguments: PolicyFixture.greedy)
  func textsAreThoseOfTransformers(expected: PolicyFixture.Greedy) throws {
    for compute in everyBackend {
      let model = try PolicyFixture.model(
        expected.backbone, adapter: expected.adapter, on: PolicyFixture.options(compute))
      for text in expected.texts {
        let found = try model.generate(ids: [text.prompt], options: PolicyFixture.greedyOptions(text.ids.count))[0][0]
        #expect(found.ids == text.ids, "\(expected)")
        #expect(found.finishReason == .length)
        expectClose(
          found.tokens.map { Double($0.logProbability) }, text.logProbabilities, tolerance, relativeTo: 1,
          "\(expected)")
      }
      // All prompts at once, so that texts of different lengths are written side by side.
      let most = expected.texts.map(\.ids.count).max() ?? 1
      let together = try model.generate(
        ids: expected.texts.map(\.prompt), count: 2, options: PolicyFixture.greedyOptions(most))
      for (found, text) in zip(together, expected.texts) {
        #expect(found.count == 2 && found[0].ids == found[1].ids)
        #expect(Array(found[0].ids.prefix(text.ids.count)) == text.ids)
      }
    }
  }

  @Test(arguments: PolicyFixture.greedy)
  func givenTextsHaveTheProbabilitiesOfTransformers(expected: PolicyFixture.Greedy) throws {
    for compute in everyBackend {
      let model = try PolicyFixture.model(
        expected.backbone, adapter: expected.adapter, on: PolicyFixture.options(compute))
      for text in expected.texts {
        // Once alone, and twice behind one prompt.
        for completions in [[text.ids], [text.ids, Array(text.ids.prefix(3))]] {
          let found = try model.logProbabilities(of: completions, after: text.prompt)
          expectClose(found[0].map(Double.init), text.logProbabilities, tolerance, relativeTo: 1, "\(expected)")
          if found.count > 1 {
            expectClose(
              found[1].map(Double.init), Array(text.logProbabilities.prefix(3)), tolerance, relativeTo: 1)
          }
        }
        let item = EncodedResponses(prompt: text.prompt, responses: [text.ids])
        let values = try model.tokenValues(Graph(model.compute), of: [item], temperature: 1).value
        expectClose(
          (0..<values.rows).map { Double(values[$0, 1]) }, text.entropies, tolerance, relativeTo: 1, "\(expected)")
      }
    }
  }

  @Test func aBackboneFromGGUFWritesTheSame() throws {
    for name in ["llama", "qwen2", "gemma3", "phi3", "smollm3"] {
      let expected = try #require(PolicyFixture.greedy.first { $0.backbone == name && $0.adapter == nil })
      let model = try LanguageModel(
        contentsOf: PolicyFixture.models.url("\(name)/\(name).f32.gguf"), options: PolicyFixture.options(.reference))
      for text in expected.texts {
        let found = try model.generate(ids: [text.prompt], options: PolicyFixture.greedyOptions(text.ids.count))[0][0]
        #expect(found.ids == text.ids, "\(name)")
      }
    }
  }
}
