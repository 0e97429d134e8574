import ArgumentParser
import DMoERM
import Foundation

/// A published reward model as a bundle.
struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make a bundle of a published reward model.",
    discussion: """
      Reads a Hugging Face folder of a ...ForSequenceClassification, the whole download with its tokenizer. The bundle \
      holds its head; the weights stay where they are, and the bundle remembers where: $DMOERM_BACKBONE or --backbone \
      names another place.

      Examples:
        dmoerm import Skywork-Reward-V2-Qwen3-0.6B --output skywork.dmoerm
        dmoerm score --model skywork.dmoerm --prompt "Why?" --response "Because."
        dmoerm import multi-head --label helpfulness --output helpful.dmoerm

      \(ExitStatus.help)
      """)

  @Argument(help: "The folder or file of the published model.", transform: pathWord) var source: String
  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "The bundle to write, a folder such as my.dmoerm.",
    transform: pathWord) var output: String
  @OptionGroup var reading: ClassifierArguments
  @OptionGroup var replacing: ReplaceOption
  @OptionGroup var compute: ComputeArguments

  func run() async throws {
    let bundle = try BundleTarget.check(output, replaces: replacing.replaces)
    try InputFile(source).checkPath()
    var model = try RewardModel(
      classifier: URL(fileURLWithPath: source), reading: try reading.options(), options: compute.options)
    model.provenance = ["tool": "dmoerm \(DMoERMCommand.version)"]
    try model.write(to: bundle)
    guard let record = model.imported else { return }
    Console.output.print(
      FactList([
        ("bundle", output),
        ("imported", record.path),
        ("class", record.className),
        ("head", record.headText),
        ("template", model.configuration.template.name),
        ("padding", record.padding),
        ("rewards", record.rewardsText(areNormalized: reading.normalize)),
        ("longest text", "\(model.configuration.maximumTokens) tokens"),
      ]).lines(Console.output.terminal))
  }
}
