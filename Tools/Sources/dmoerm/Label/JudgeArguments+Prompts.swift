@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM
import Foundation

extension JudgeArguments {
  func prompts() throws -> PromptSet {
    if let template { return .fixed(try ComparisonPrompt(contentsOf: URL(fileURLWithPath: template))) }
    switch language.value {
    case .auto: return .standard(asksForReason: explain)
    case .en: return .fixed(.english(asksForReason: explain))
    case .zh: return .fixed(.chinese(asksForReason: explain))
    }
  }

  var sampling: JudgeSampling {
    JudgeSampling(
      temperature: temperature, maximumTokens: maximumReplyTokens, seed: judgeSeed,
      topLogProbabilities: logprobs ? 5 : nil, usesSchema: !freeText)
  }
}
