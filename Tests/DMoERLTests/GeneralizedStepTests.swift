import DMoECore
import DMoEModel
import DMoEPolicy
import Foundation
import Testing
import _TestSupport

@testable import DMoERL

/// One step of PPO through all of a tiny model and a value head, against torch and peft in double precision.
@Suite struct GeneralizedStepTests {
  private struct Step: Decodable {
    let temperature: Float
    let prompts: [[Int32]]
    let completions: [[[Int32]]]
    let rewards: [[Float?]]
    let coefficient: Double
    let discount: Double
    let lambda: Double
    let valueCoefficient: Double
    let head: [Float]
    let old: [[[Float]]]
    let values: [[[Float]]]
    let oldValues: [[[Float]]]
    let advantages: [[[Double]?]]
    let returns: [[[Double]?]]
    let loss: Double
    let valueLoss: Double
    let gradients: [String: [String: [[Float]]]]

    func configuration(rowsPerPass: Int = 4096, trainsAdapter: Bool = true) -> RLConfiguration {
      var estimator = GeneralizedAdvantage()
      (estimator.discount, estimator.lambda) = (discount, lambda)
      return RLConfiguration {
        $0.advantages = .generalized(estimator)
        $0.objective.aggregation = .tokenMean
        $0.objective.kl = KLPenalty { ($0.estimator, $0.place, $0.coefficient) = (.k1, .reward, coefficient) }
        ($0.value.coefficient, $0.value.trainsAdapter) = (valueCoefficient, trainsAdapter)
        ($0.temperature, $0.rowsPerPass) = (temperature, rowsPerPass)
      }
    }

    var rollOuts: [RollOut] {
      prompts.indices.map { group in
        let completions = completions[group].indices.map { place in
          let tokens = zip(self.completions[group][place], old[group][place]).map {
            Completion.Token(id: $0, logProbability: $1, sampledLogProbability: $1)
          }
          return Completion(sample: place, tokens: tokens, text: "", finishReason: .stopToken)
        }
        return RollOut(
          conversation: "Q", promptIDs: prompts[group], completions: completions, rewards: rewards[group])
      }
    }

    func trained(_ compute: Compute, _ configuration: RLConfiguration) throws -> TrainedPolicy {
      var trained = try TrainedPolicy(PolicyStepTests.policy(on: compute), by: configuration.advantages)
      trained.valueHead?.weight.value = Matrix(row: head)
      return trained
    }
  }

  @Test func advantagesAndReturnsAreTheReferencesTokenByToken() throws {
    let step: Step = try FixtureFolder(.module).decode(Step.self, "ppo.json")
    let configuration = step.configuration()
    for compute in everyBackend {
      let pass = PolicyPass(trained: try step.trained(compute, configuration), configuration: configuration)
      var rollOuts = step.rollOuts
      try pass.measure(&rollOuts)
      for (rollOut, expected) in zip(rollOuts, step.values) {
        for (found, expected) in zip(rollOut.measures.values, expected) { expectClose(found, expected, 2e-5) }
      }
      for index in rollOuts.indices { rollOuts[index].measures.values = step.oldValues[index] }
      try rollOuts.compare(configuration)
      for (index, rollOut) in rollOuts.enumerated() {
        for place in rollOut.completions.indices {
          let (advantages, returns) = (step.advantages[index][place], step.returns[index][place])
          #expect((rollOut.advantages[place] == nil) == (advantages == nil))
          expectClose(rollOut.advantages[place] ?? [], advantages ?? [], 1e-5)
          expectClose(rollOut.measures.returns[place] ?? [], returns ?? [], 1e-5)
        }
      }
    }
  }

  /// In one pass, and with a pass a group; the values' gradient goes into the adapter, or ends at the head.
  @Test(arguments: [4096, 1], ["shared", "detached"])
  func everyParameterGetsTheReferencesGradient(rowsPerPass: Int, adapter: String) throws {
    let step: Step = try FixtureFolder(.module).decode(Step.self, "ppo.json")
    let expected = try #require(step.gradients[adapter])
    let configuration = step.configuration(rowsPerPass: rowsPerPass, trainsAdapter: adapter == "shared")
    for compute in everyBackend {
      var trained = try step.trained(compute, configuration)
      let pass = PolicyPass(trained: trained, configuration: configuration)
      var rollOuts = step.rollOuts
      try pass.measure(&rollOuts)
      for index in rollOuts.indices { rollOuts[index].measures.values = step.oldValues[index] }
      try rollOuts.compare(configuration)
      let whole = PolicyLoss.Counted(of: rollOuts.flatMap(\.scored), under: configuration.objective)
      #expect(whole.completions == 5 && whole.tokens == 15)
      let (update, gradients) = try pass.gradients(of: rollOuts, whole)
      #expect(abs(update.loss - step.loss) < 1e-5 && abs(update.valueLoss - step.valueLoss) < 1e-5)
      #expect(update.clipped > 0)
      var found: Set<String> = []
      trained.visitParameters("") { path, parameter in
        guard let expected = expected[path], let gradient = gradients[parameter.id] else { return }
        found.insert(path)
        expectClose(gradient.elements, expected.flatMap { $0 }, 2e-5, path)
      }
      #expect(found == Set(expected.keys))
    }
  }

  /// A value head begins at 0, and does not move the adapter before it has learned something.
  @Test func aFreshHeadExpectsNothing() async throws {
    var trainer = try PolicyTrainer(
      PolicyStepTests.policy(on: fastCompute),
      RLConfiguration {
        $0.advantages = .generalized(GeneralizedAdvantage())
        ($0.groupSize, $0.maximumTokens, $0.objective.masksTruncated) = (1, 4, false)
      })
    let metrics = try await trainer.step(["A word"], by: RewardClosure("one") { _, texts in texts.map { _ in 1 } })
    #expect(trainer.rollOuts[0].measures.values[0].allSatisfy { $0 == 0 })
    #expect(metrics.groupsWithVariance == 1 && metrics.updates == 1 && metrics.valueLoss != nil)
    #expect(trainer.trained.valueHead?.weight.value.elements.contains { $0 != 0 } == true)
  }

  /// Each part has its turn once before another comes again, in another order.
  @Test func everyMinibatchComesOnceAPass() throws {
    let configuration = RLConfiguration { ($0.promptsPerStep, $0.minibatches, $0.updatesPerStep) = (5, 2, 6) }
    let rollOuts = (0..<5).map {
      RollOut(conversation: "Q", promptIDs: [Int32($0)], completions: [], rewards: [])
    }
    let parts = (0..<6).map { rollOuts.dealt(to: $0, of: configuration, step: 3).map { Int($0.promptIDs[0]) } }
    for pass in 0..<3 { #expect((parts[2 * pass] + parts[2 * pass + 1]).sorted() == [0, 1, 2, 3, 4]) }
    #expect(Set(parts).count > 2)
    #expect(throws: CoreError.self) { try RLConfiguration { $0.minibatches = 2 }.validate() }
  }
}
