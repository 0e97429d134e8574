import DMoECore
import DMoEModel
import DMoEPolicy
import Foundation
import Testing
import _TestSupport

@testable import DMoERL

/// One step of GRPO through all of a tiny model, against torch and peft in double precision.
@Suite struct PolicyStepTests {
  struct Step: Decodable {
    let temperature: Float
    let prompts: [[Int32]]
    let completions: [[[Int32]]]
    let old: [[[Float]]]
    let advantages: [[Double]]
    let loss: Double
    let kl: KLEstimator?
    let coefficient: Double?
    let gradients: [String: [[Float]]]

    var rollOuts: [RollOut] {
      prompts.indices.map { group in
        let completions = completions[group].indices.map { place in
          let tokens = zip(self.completions[group][place], old[group][place]).map {
            Completion.Token(id: $0, logProbability: $1, sampledLogProbability: $1)
          }
          return Completion(sample: place, tokens: tokens, text: "", finishReason: .stopToken)
        }
        var result = RollOut(
          conversation: "Q", promptIDs: prompts[group], completions: completions, rewards: [])
        result.advantages = zip(advantages[group], completions).map { own, completion in
          completion.tokens.map { _ in own }
        }
        return result
      }
    }
  }

  static func policy(on compute: Compute) throws -> LanguageModel {
    try policy(
      ComputeOptions(backend: compute.backend == .openBLAS ? .openBLAS : .reference, threads: compute.threads))
  }

  static func policy(_ options: ComputeOptions) throws -> LanguageModel {
    let folder = FixtureFolder(of: "DMoEModelTests", "models").url("llama")
    var policy = try LanguageModel(contentsOf: folder, options: options)
    try policy.readAdapter(contentsOf: folder.appendingPathComponent("adapters/qv-causal"))
    return policy
  }

  /// In one pass, and with a pass a group; with an estimated and with the exact divergence.
  @Test(arguments: [4096, 1], ["step.json", "exact.json"])
  func everyParameterGetsTheReferencesGradient(rowsPerPass: Int, file: String) throws {
    let step: Step = try FixtureFolder(.module).decode(Step.self, file)
    for compute in everyBackend {
      let policy = try Self.policy(on: compute)
      let configuration = RLConfiguration {
        $0.temperature = step.temperature
        $0.rowsPerPass = rowsPerPass
        if let kl = step.kl, let coefficient = step.coefficient {
          $0.objective.kl = KLPenalty { ($0.estimator, $0.coefficient) = (kl, coefficient) }
        }
      }
      let trained = try TrainedPolicy(policy, by: configuration.advantages)
      let pass = PolicyPass(trained: trained, configuration: configuration)
      var rollOuts = step.rollOuts
      try pass.measure(&rollOuts)
      let whole = PolicyLoss.Counted(of: step.rollOuts.flatMap(\.scored), under: configuration.objective)
      #expect(whole.completions == 6 && whole.tokens == 21)
      let (update, gradients) = try pass.gradients(of: rollOuts, whole)
      #expect(abs(update.loss - step.loss) < 1e-5)
      var adapter = try #require(policy.adapter)
      var found: Set<String> = []
      adapter.visitParameters("") { path, parameter in
        guard let expected = step.gradients[path], let gradient = gradients[parameter.id] else { return }
        found.insert(path)
        expectClose(gradient.elements, expected.flatMap { $0 }, 2e-5, path)
      }
      #expect(found == Set(step.gradients.keys))
    }
  }
}
