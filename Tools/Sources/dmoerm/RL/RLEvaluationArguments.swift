import ArgumentParser
import DMoEData
import DMoEPolicy
import DMoERL
@_spi(Command) import DMoERM

/// By what a policy is measured before and after its training.
struct RLEvaluationArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A JSON Lines file of prompts that are answered before and after training, and not trained on.",
      valueName: "file"), transform: pathWord)
  var evalPrompts: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Keep so many of the prompts out of training, and measure on them.", valueName: "count"))
  var heldOut = 0
  @Option(parsing: .unconditional, help: "How many answers each of them gets.") var evalSamples = 4
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Measure after every so many steps, too: where a judge falls while the reward rises, training has gone too far.",
      valueName: "steps"))
  var evalEvery: Int?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A bundle, or the name of a model that comes with the command, which judges the answers too but trains nothing. "
        + "May be given several times.", valueName: "bundle"), transform: pathWord)
  var judge: [String] = []

  func validate() throws {
    try Bounds.check("--held-out", heldOut, 0...1_000_000)
    try Bounds.check("--eval-samples", evalSamples, 1...4096)
    try Bounds.check("--eval-every", evalEvery, 1...1_000_000)
    if heldOut > 0, evalPrompts != nil {
      throw ValidationError("--held-out and --eval-prompts both say what is measured on; give one of them")
    }
    if heldOut == 0, evalPrompts == nil, !judge.isEmpty {
      throw ValidationError("--judge has nothing to judge; give --held-out or --eval-prompts")
    }
    if heldOut == 0, evalPrompts == nil, evalEvery != nil {
      throw ValidationError("--eval-every has nothing to measure on; give --held-out or --eval-prompts")
    }
  }

  /// The prompts to train on and those to measure on.
  func divide(_ prompts: [Conversation], seed: UInt64) throws -> (training: [Conversation], evaluation: [Conversation])
  {
    if let evalPrompts {
      let kept = try DataFile(evalPrompts).prompts(ReadingOptions()).prompts.map(\.conversation).unique
      let shared = Set(prompts).intersection(kept).count
      if shared > 0 {
        Console.error.print(
          "dmoerm: \(Numbers.count(shared, "prompt")) of \(evalPrompts) is among those that are trained on; "
            + "what is measured there is not held out.")
      }
      return (prompts, kept)
    }
    guard heldOut > 0 else { return (prompts, []) }
    let unique = prompts.unique
    guard heldOut < unique.count else {
      throw Failure(
        "--held-out \(heldOut) leaves none of \(Numbers.count(unique.count, "different prompt")) to train on",
        status: .usage)
    }
    var generator = seededGenerator(seed)
    let kept = Set(unique.shuffled(using: &generator).prefix(heldOut))
    return (prompts.filter { !kept.contains($0) }, unique.filter(kept.contains))
  }
}

extension [Conversation] {
  /// Each once, in the order in which they come.
  fileprivate var unique: [Conversation] {
    var seen: Set<Conversation> = []
    return filter { seen.insert($0).inserted }
  }
}

/// What judges under the name that it was given by.
struct NamedReward: RewardFunction {
  let name: String
  let function: any RewardFunction
  var identity: String { function.identity }

  func rewards(prompt: Conversation, completions: [String]) async throws -> [Float?] {
    try await function.rewards(prompt: prompt, completions: completions)
  }

  func judgments(prompt: Conversation, completions: [String]) async throws -> [RewardJudgment] {
    try await function.judgments(prompt: prompt, completions: completions)
  }
}
