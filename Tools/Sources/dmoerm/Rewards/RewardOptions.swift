import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// Rewards from a file in place of a model, and into a file.
struct RewardOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Rewards that were computed before or elsewhere, in place of a model's.",
      discussion: #"""
        JSON Lines {"id": ..., "rewards": [...]}, one reward a response in the order of the data.
        """#, valueName: "file"), transform: pathWord)
  var rewards: String?
  @Option(
    name: .customLong("rewards-out"), parsing: .unconditional,
    help: ArgumentHelp(
      "Write the rewards, as they are computed; the same command goes on where it was stopped.", valueName: "file"),
    transform: pathWord)
  var output: String?

  func validate() throws {
    if rewards != nil, output != nil {
      throw ValidationError("--rewards-out is for a model's rewards, not for --rewards")
    }
  }

  /// Refuses what decides a model's rewards beside rewards that have no model.
  func check(beside model: ModelOptions) throws {
    guard rewards != nil, model.experts.combine != nil || model.backbone != nil || model.routing != nil else { return }
    throw ValidationError("--rewards has no model: --combine, --routing and --backbone have no part in it")
  }

  /// Looks at both before anything that takes long.
  func check() throws {
    if let rewards { try InputFile(rewards, option: "--rewards").check() }
    // Whether it may be replaced depends on what it is of.
    if let output { _ = try OutputPlace.file(output, "--rewards-out", replaces: true) }
  }

  /// The rewards of a file; nil if none is named.
  func file() throws -> RewardFile? {
    try rewards.map { path in
      try Failure.reading(orHint: "A file of rewards is read whole: no line is left out.") {
        try RewardFile(contentsOf: URL(fileURLWithPath: path))
      }
    }
  }
}

extension RewardFile {
  /// Those of the samples that a file of ours is of, where that is certain: a model leaves out samples of what it does not know. All
  /// others have to have rewards.
  func own(of samples: [RankedResponses]) -> [RankedResponses] {
    let ids = Set(lines.map(\.id))
    let own = samples.filter { ids.contains($0.id) }
    return origin?["texts"] == Self.fingerprint(of: own) ? own : samples
  }

  /// The temperature of the model that gave the rewards, where the file says it.
  var temperature: Float { origin?["temperature"].flatMap { Float($0) }.map { $0 > 0 && $0.isFinite ? $0 : 1 } ?? 1 }
}
