import ArgumentParser
import DMoEPolicy
import DMoERL
@_spi(Command) import DMoERM
import Foundation

/// Trains a policy by a reward model.
struct RLCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rl", abstract: "Train a language model by a reward model (policy gradients over a LoRA adapter).",
    discussion: """
      A step samples a group of answers to each of some prompts, asks the reward model for rewards, and makes what did \
      better than its group likelier. Policy, reference and reward model share one backbone where it is the same. The \
      folder of --output gets the adapter, which Python's PEFT opens too, and a line of metrics a step. A run that learns \
      nothing, or runs away, ends with the reason.

      Examples:
        dmoerm rl --prompts prompts.jsonl --reward my.dmoerm --output tuned
        dmoerm rl --prompts prompts.jsonl --reward my.dmoerm --output tuned \\
          --algorithm rloo --steps 20
        dmoerm generate --prompt "Why is the sky blue?" --adapter tuned/adapter

      \(ExitStatus.help)
      """)

  @OptionGroup var backbone: BackboneOptions
  @Option(
    parsing: .unconditional, help: "A JSON Lines file of prompts; - reads standard input.", transform: pathWord)
  var prompts: String
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The bundle that judges, or the name of a model that comes with the command.", valueName: "bundle"),
    transform: pathWord)
  var reward: String
  @Option(parsing: .unconditional, help: "The folder to write.", transform: pathWord) var output: String
  @OptionGroup var replace: ReplaceOption
  @Option(parsing: .unconditional, help: "A PEFT adapter folder to go on from.", transform: pathWord)
  var adapter: String?
  @OptionGroup var settings: RLArguments

  func run() async throws {
    let folder = try OutputPlace.folder(
      output, "--output", what: "run of dmoerm rl", replaces: replace.replaces, isOwn: RLRunFolder.isOne)
    if let adapter { try InputFile(adapter, option: "--adapter").checkFolder() }
    let conversations = try DataFile(prompts).prompts(ReadingOptions()).prompts.map(\.conversation)
    let configuration = try settings.configuration()
    var policy = try LanguageModel(
      contentsOf: try BackboneLocation.find(backbone.path), options: backbone.compute)
    if let adapter {
      try policy.readAdapter(contentsOf: URL(fileURLWithPath: adapter))
    } else {
      try policy.beginAdapter(settings.adapter, seed: configuration.seed)
    }
    let judge = try RewardModel.judging(reward, over: policy.backbone, backbone.compute)
    let run = try RLRunFolder(folder)
    let trainer = try PolicyTrainer(policy, configuration)
    let order = try PromptOrder(conversations, seed: configuration.seed)
    try await train(trainer, order, judge, run)
  }

  private func train(
    _ trainer: PolicyTrainer, _ order: PromptOrder, _ judge: RewardModel, _ run: RLRunFolder
  ) async throws {
    var trainer = trainer
    let configuration = trainer.configuration
    Console.output.print(RLStepLine.head)
    for step in 0..<configuration.steps {
      let batch = order.prompts(step: step, count: configuration.promptsPerStep)
      let metrics = try await trainer.step(batch, by: judge)
      try run.append(metrics)
      Console.output.print(RLStepLine(metrics).text)
      if trainer.stopReason != nil { break }
    }
    try trainer.policy.writeAdapter(to: run.adapter)
    let reason = trainer.stopReason ?? .finished
    Console.output.print(
      "", "Ended after \(Numbers.count(trainer.steps, "step")): \(reason)", "Adapter: \(run.adapter.path)")
    if reason != .finished {
      throw Failure(
        "the run ended before its last step: \(reason)",
        hint: "The adapter of the last step is in \(run.adapter.path); its metrics are in \(run.metrics.path).")
    }
  }
}

extension RewardModel {
  /// The model that judges, over the policy's own backbone if that is the one it was trained on.
  static func judging(_ name: String, over backbone: Backbone, _ options: ComputeOptions) throws -> RewardModel {
    let bundle = try ModelOptions.bundle(name)
    do {
      return try RewardModel(contentsOf: bundle, backbone: backbone, options: options)
    } catch ModelError.backboneMismatch {
      return try RewardModel(contentsOf: bundle, options: options)
    }
  }
}
