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
      folder of --output gets the adapter, which Python's PEFT opens too, a line of metrics a step and a report. A run \
      that learns nothing, or runs away, ends with the reason; the same command goes on with one that was broken off. \
      With --held-out or --eval-prompts the answers before and after are compared, by the reward and by every --judge.

      Examples:
        dmoerm rl --prompts prompts.jsonl --reward my.dmoerm --output tuned
        dmoerm rl --prompts prompts.jsonl --reward my.dmoerm --output tuned \\
          --algorithm ppo --steps 20 --held-out 32 --judge dmoerm-small
        dmoerm rl --prompts prompts.jsonl --output tuned \\
          --reward helpful.dmoerm=0.7 --reward harmless.dmoerm=0.3
        dmoerm rl --algorithm dapo --print-config > config.json
        dmoerm generate --prompt "Why is the sky blue?" --adapter tuned/adapter

      \(ExitStatus.help)
      """)

  @OptionGroup var backbone: BackboneOptions
  @Option(
    parsing: .unconditional, help: "A JSON Lines file of prompts; - reads standard input.", transform: pathWord)
  var prompts: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "The bundle that judges, or the name of a model that comes with the command; with =0.7 what it counts for. May be "
        + "given several times: the reward is the weighted sum then.", valueName: "bundle"),
    transform: RewardShare.init)
  var reward: [RewardShare] = []
  @OptionGroup var caution: PessimismOption
  @Option(parsing: .unconditional, help: "The folder to write.", transform: pathWord) var output: String?
  @OptionGroup var replace: ReplaceOption
  @Option(
    parsing: .unconditional, help: "A PEFT adapter folder, or a GGUF file of llama.cpp's, to go on from.",
    transform: pathWord)
  var adapter: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The template of the policy's conversations, where its files name none.", valueName: "name"),
    transform: pathWord)
  var template: String?
  @Option(
    parsing: .unconditional, help: "A JSON file of settings; those it does not name keep their values.",
    transform: pathWord) var config: String?
  @Flag(help: "Print the settings that would be used, as --config reads them, and stop.") var printConfig = false
  @OptionGroup var settings: RLArguments
  @OptionGroup var evaluation: RLEvaluationArguments

  /// The settings that the arguments make.
  func plan() throws -> RLPlan {
    let file = try config.map { try SettingsFile($0, option: "--config") }
    let plan = try settings.plan(file)
    if adapter != nil {
      // A file that --print-config wrote names all there is.
      let asked = settings.rank != nil ? "--rank" : plan.adapter != RLPlan().adapter ? "adapter of --config" : nil
      if let asked { throw ValidationError("\(asked) is for a new adapter; that of --adapter stays as it is") }
    }
    try plan.validate()
    return plan
  }

  func run() async throws { try await train(over: nil) }

  /// What there is to train, looked at before anything that takes long.
  private struct Start {
    let plan: RLPlan
    let folder: URL
    let prompts: [Conversation]
    let measured: [Conversation]
    let policy: LanguageModel
    let judge: NamedReward
    let judges: [NamedReward]
  }

  /// Trains, alone or as one of several ranks, which share out the micro-batches of a step; what is written is the first one's.
  func train(over ranks: (any Communicator)?) async throws {
    guard let start = try RankAgreement.outcome(over: ranks, { try self.start(over: ranks) }) else { return }
    func begin() throws -> PolicyRun {
      try PolicyRun(
        in: start.folder, start.policy, start.plan.training, prompts: start.prompts, reward: start.judge,
        over: ranks ?? SingleRank())
    }
    let run: PolicyRun
    // All ranks know of another run.
    do { run = try begin() } catch RLError.foreignRun(let path, let reason) where replace.replaces {
      try RankAgreement.outcome(over: ranks) {
        guard ranks.isFirst else { return }
        Console.error.print("\(path) is begun anew: \(reason)")
        try PolicyRun.clear(start.folder)
      }
      run = try begin()
    }
    let measure = RLMeasurement(
      prompts: start.measured, judges: start.judges, samples: evaluation.evalSamples, every: evaluation.evalEvery)
    let before = try await measure.evaluation(.before, start.policy, of: run)
    try await train(run, by: start.judge, measure, before, over: ranks)
  }

  /// - Returns: nil where the settings were printed, and that is all.
  private func start(over ranks: (any Communicator)?) throws -> Start? {
    let plan = try plan()
    if printConfig {
      Console.output.print(try plan.text())
      return nil
    }
    // Not part of `validate`, which comes before options that do not exist are told of: a misspelt one is missing, too.
    guard let prompts else { throw ValidationError("--prompts FILE is missing") }
    guard !reward.isEmpty else { throw ValidationError("--reward BUNDLE is missing: the model that judges") }
    guard let output else { throw ValidationError("--output FOLDER is missing: where the run is kept") }
    for name in reward.map(\.bundle) + evaluation.judge { _ = try ModelOptions.bundle(name) }
    let folder =
      ranks.isFirst
      ? try OutputPlace.folder(
        output, "--output", what: "run of dmoerm rl", replaces: true, isOwn: PolicyRun.isOne)
      : URL(fileURLWithPath: output, isDirectory: true)
    try RankAgreement.check(([prompts] + (evaluation.evalPrompts.map { [$0] } ?? [])).map(DataFile.init), over: ranks)
    if let ranks, ranks.size > 1, plan.training.microBatch == nil {
      throw ValidationError(
        "--micro-batch COUNT is missing: the prompts that are sampled and learned from alone, which ranks share out")
    }
    if let adapter { try InputFile(adapter, option: "--adapter").checkPath() }
    let (conversations, measured) = try evaluation.divide(
      try DataFile(prompts).prompts(ReadingOptions()).prompts.map(\.conversation), seed: plan.training.seed)
    let template = try template.map(TemplateWord.template(_:))
    var policy = try LanguageModel(backbone: try backbone.load(), template: template, options: backbone.compute)
    if let adapter {
      try policy.readAdapter(contentsOf: URL(fileURLWithPath: adapter))
    } else {
      try policy.beginAdapter(plan.adapter, seed: plan.training.seed)
    }
    var backbones = [policy.backbone]
    let judge = try RewardShare.judge(reward, over: &backbones, backbone, caution)
    let judges =
      try [judge]
      + evaluation.judge.map {
        NamedReward(name: $0, function: try RewardModel.judging($0, over: &backbones, backbone))
      }
    return Start(
      plan: plan, folder: folder, prompts: conversations, measured: measured, policy: policy, judge: judge,
      judges: judges)
  }

  private func train(
    _ begun: PolicyRun, by judge: NamedReward, _ measure: RLMeasurement, _ before: PolicyEvaluation?,
    over ranks: (any Communicator)?
  ) async throws {
    var run = begun
    let interrupt = Interrupt(wait: "dmoerm: stopping after this step; once more stops at once.")
    defer { interrupt.end() }
    if run.resumedSteps > 0 { Console.output.print("Goes on after \(Numbers.count(run.resumedSteps, "step")).") }
    Console.output.print(RLStepLine.head)
    try await tell(of: run, measure, before)
    while run.stopReason == nil {
      do { Console.output.print(RLStepLine(try await run.step(by: judge)).text) } catch RLError.diverged(let step) {
        // What was learned before is worth keeping.
        try run.writeAdapter()
        throw RLError.diverged(step: step)
      }
      try await tell(of: run, measure, before)
      if run.stopReason == nil {
        let again = ShellWord.command([Invocation.program] + CommandLine.arguments.dropFirst())
        // A signal may reach some ranks only: all stop after the same step.
        try RankAgreement.outcome(over: ranks) {
          try interrupt.check(
            "stopped; what is done is kept in \(run.folder.relativePath)",
            hint: "The same command goes on from there: \(again)")
        }
      }
    }
    try run.writeAdapter()
    let reason = run.stopReason ?? .finished
    Console.output.print("", "Ended after \(Numbers.count(run.trainer.steps, "step")): \(reason)")
    let comparison = try await measure.comparison(with: before, of: run)
    if let comparison { Console.output.print(RLResult(comparison: comparison).lines(Console.output.terminal)) }
    if ranks.isFirst {
      try PolicyReport(
        metrics: run.metrics, stopReason: run.stopReason, comparison: comparison, facts: facts(run)
      ).write(to: run.report)
    }
    Console.output.print(
      [""]
        + FactList([("adapter", run.adapter.relativePath), ("report", run.report.relativePath)])
        .lines(Console.output.terminal))
    if reason != .finished {
      throw Failure(
        "the run ended before its last step: \(reason)",
        hint: "The adapter of the last step is in \(run.adapter.path); its metrics are beside it.")
    }
  }

  private func tell(of run: PolicyRun, _ measure: RLMeasurement, _ before: PolicyEvaluation?) async throws {
    if let line = try await measure.progress(since: before, of: run) { Console.output.print(line) }
  }

  private func facts(_ run: PolicyRun) -> [(String, String)] {
    let configuration = run.trainer.configuration
    return [
      ("policy", run.trainer.policy.backbone.name), ("reward", reward.map(\.text).joined(separator: " + ")),
      ("algorithm", RLAlgorithm.name(of: configuration)),
      ("prompts a step", "\(configuration.promptsPerStep) × \(configuration.groupSize)"),
      ("learning rate", "\(configuration.optimizer.learningRate)"),
    ]
  }
}
