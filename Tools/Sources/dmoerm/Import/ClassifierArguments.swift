import ArgumentParser
import DMoERM

/// How a published reward model is read, where its files leave it open.
struct ClassifierArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The template it was trained with: a name such as chatml, or a file that Scripts/derive-template wrote.",
      discussion: "Default: the one in its files.", valueName: "name"))
  var template: String?
  @Option(parsing: .unconditional, help: "The output that is the reward, by its label or number.") var label: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The reward is what --label is worth over this label or, of a language model without a head, token.",
      valueName: "label"))
  var over: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The token that is passed over at the end of a text: configured (config.json's), tokenizer (its padding or end "
        + "token, as TRL and RewardBench have it), none, or a token.", valueName: "token"))
  var padding = "configured"
  @Flag(help: "Normalize rewards by the mean and std that OpenRLHF wrote into config.json.") var normalize = false
  @Option(parsing: .unconditional, help: "The longest text in tokens; what the model was made for if not given.")
  var maximumTokens: Int?

  func validate() throws {
    if over != nil, label == nil { throw ValidationError("--over needs --label: the reward is one over the other") }
  }

  func options() throws -> ClassifierOptions {
    ClassifierOptions(
      template: try template.map { try ConversationTemplate.word($0) }, output: output, padding: rule,
      normalizesRewards: normalize, maximumTokens: maximumTokens)
  }

  private var output: ClassifierOptions.Output? {
    guard let label else { return nil }
    if let over { return .difference(of: label, over: over) }
    return .label(label)
  }

  private var rule: ClassifierOptions.Padding {
    switch padding {
    case "configured": .configured
    case "tokenizer": .tokenizer
    case "none": .none
    default: .token(padding)
    }
  }
}
