import DMoEData
import DMoEModel
import Foundation
import Testing

@testable import DMoEEvaluate

struct EvaluationRouterTests {
  private func prompt(_ category: String?) throws -> CategorizedPrompt {
    try CategorizedPrompt(id: "p", conversation: "hello", category: category)
  }

  private func decision(_ category: String, _ probabilities: [Float]) throws -> RoutingDecision {
    let json = ["category": category, "probabilities": probabilities] as [String: Any]
    return try JSONDecoder().decode(RoutingDecision.self, from: JSONSerialization.data(withJSONObject: json))
  }

  @Test func confusionsAreCountedByTruthThenRoute() throws {
    let evaluation = try RouterEvaluation(
      prompts: [prompt("a"), prompt("a"), prompt("a"), prompt("b"), prompt(nil), prompt("elsewhere")],
      decisions: [
        decision("a", [0.75, 0.25]), decision("a", [0.5, 0.5]), decision("b", [0.25, 0.75]),
        decision("b", [0.5, 0.5]), decision("a", [1, 0]), decision("a", [1, 0]),
      ], categories: ["a", "b"])
    #expect(evaluation.confusion == [[2, 1], [0, 1]])
    #expect(evaluation.accuracy == Proportion(successes: 3, total: 4))
    #expect(evaluation.mostCommon == Proportion(successes: 3, total: 4))
    #expect(evaluation.categories[0].recall == Proportion(successes: 2, total: 3))
    #expect(evaluation.categories[0].precision == Proportion(successes: 2, total: 2))
    #expect(evaluation.categories[1].recall == Proportion(successes: 1, total: 1))
    #expect(evaluation.categories[1].precision == Proportion(successes: 1, total: 2))
    #expect(evaluation.unlabeledPrompts == 2)
    let loss = -(log(0.75) + log(0.5) + log(0.25) + log(0.5)) / 4
    #expect(try abs(#require(evaluation.meanLogLoss) - loss) < 1e-6)
    #expect(evaluation.textTable().contains("75.0 %"))
  }

  @Test func aProbabilityOfNothingCostsMuchButNotEverything() throws {
    let evaluation = try RouterEvaluation(
      prompts: [prompt("a")], decisions: [decision("b", [0, 1])], categories: ["a", "b"])
    #expect(try abs(#require(evaluation.meanLogLoss) - 9 * log(10)) < 1e-9)
  }

  @Test func decisionsOfAnotherTaxonomyAreRefused() throws {
    let prompts = [try prompt("a")]
    for wrong in [[], [try decision("c", [0.5, 0.5])], [try decision("a", [1])]] {
      #expect(throws: EvaluationError.self) {
        try RouterEvaluation(prompts: prompts, decisions: wrong, categories: ["a", "b"])
      }
    }
  }
}
