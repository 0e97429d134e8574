import DMoEExperiment
import DMoELabel
import DMoERM
import Foundation
import Testing

/// Every error of the library says the same sentence as `localizedDescription`, which is what programs show.
@Suite struct ErrorSentenceTests {
  private static let errors: [any Error & CustomStringConvertible] = [
    CoreError.nonFinite("a matrix"), CoreError.outOfRange("threads", value: "0", allowed: "from 1 to 4096"),
    CoreError.unusableKernels("Zen", reason: "this CPU has no AVX2"),
    DataError.emptyTurn(index: 1), DataError.unknownCategory("poetry"),
    TokenizerError.missingToken("<|im_end|>"),
    ModelError.untrainedModel, ModelError.untrainedRouter, ModelError.emptyInput("the response"),
    TrainError.noSamples(phase: "base/chat"), TrainError.nothingTrained(reasons: ["base/chat: none"]),
    EvaluationError.invalidRewards(reason: "there is no item"),
    LabelError.invalidMoney("x"), PerturbationError.noRuleApplies, CompletionError.quotaExhausted(),
    TemplateError.missingPlaceholder("prompt"),
    ExperimentError.failedMembers([FailedMember(MemberID(contender: "single", seed: 1), reason: "no samples")]),
  ]

  @Test(arguments: errors.indices) func localizedDescriptionIsTheSentence(place: Int) {
    let error = Self.errors[place]
    #expect(error.localizedDescription == error.description)
    #expect(error is any LocalizedError && !error.localizedDescription.contains("could not be completed"))
  }
}
