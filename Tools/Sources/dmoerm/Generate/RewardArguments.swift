import ArgumentParser
import DMoEPolicy
@_spi(Command) import DMoERM
import Foundation

/// A reward model that chooses among samples.
struct RewardArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Draw so many samples and give the one that --reward finds best.",
      discussion: "What the reward model cannot judge is left out and counted.", valueName: "n"))
  var bestOf: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The bundle that judges, or the name of a model that comes with the command.", valueName: "bundle"),
    transform: pathWord)
  var reward: String?
  @Option(parsing: .unconditional, help: "The task category of --reward, instead of its router's choice.")
  var category: String?
  @OptionGroup var caution: PessimismOption

  func validate() throws {
    if bestOf != nil, reward == nil { throw ValidationError("--best-of needs --reward BUNDLE, which judges") }
    if reward != nil, bestOf == nil { throw ValidationError("--reward needs --best-of N, the number of samples") }
    if category != nil, reward == nil { throw ValidationError("--category goes with --reward") }
    if caution.pessimism != nil, reward == nil { throw ValidationError("--pessimism goes with --reward") }
    try Bounds.check("--best-of", bestOf, 1...1_000_000)
  }

  /// Looks for the bundle before anything that takes long.
  func check() throws { if let reward { _ = try ModelOptions.bundle(reward) } }

  /// The model that judges, over the policy's own backbone if that is the one it was trained on.
  func load(over backbone: Backbone, _ options: BackboneOptions) throws -> RewardModel? {
    try reward.map { try caution.apply(to: .judging($0, over: [backbone], options), name: $0) }
  }

  /// The category of --category as the model calls it.
  func category(in model: RewardModel) throws -> String? {
    try category.map { name in
      guard let match = model.configuration.taxonomy.category(named: name) else {
        let known = model.configuration.taxonomy.categories.map(\.id).joined(separator: ", ")
        throw ValidationError("--category: the model has no category \(name); it has \(known)")
      }
      return match.id
    }
  }
}
