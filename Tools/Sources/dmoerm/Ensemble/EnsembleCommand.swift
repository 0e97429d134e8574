import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

struct EnsembleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ensemble", abstract: "Make one bundle of several reward models.",
    discussion: """
      Its reward is the least of the members', or what --combine says. Members are ordinary reward models, trained \
      without capability points, mostly the same way with other seeds; a router is the first one's. What they have in \
      common is computed once. Models of one category, such as imported ones, may be over different backbones: each is \
      then read by itself, and memory holds all backbones. --backbone and $DMOERM_BACKBONE name the first one's; the \
      others are found beside the bundle, in the cache folder, or where they were imported from.

      With --average the members are double mixtures too, whose adapters are the same, as where training made heads and \
      aggregators only, and the bundle is an ordinary one: within a category its reward is the mean of theirs, at the cost \
      of one, and so are the logits of its router.

      Example:
        for seed in 1 2 3; do
          dmoerm train --samples preferences.jsonl --taxonomy single \\
            --seed $seed --output $seed.dmoerm
        done
        dmoerm ensemble 1.dmoerm 2.dmoerm 3.dmoerm \\
          --samples validation.jsonl --output best.dmoerm
        dmoerm ensemble --average 1.dmoerm 2.dmoerm 3.dmoerm \\
          --output mean.dmoerm

      \(ExitStatus.help)
      """)

  @Argument(help: "The bundles, two or more.") var members: [String]
  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "The bundle to write, a folder such as my.dmoerm.",
    transform: pathWord) var output: String
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Held-out preferences that the temperature is found on, for probabilities of preference in programs; without, it "
        + "is the members' mean. May be given several times.", valueName: "file"), transform: pathWord)
  var samples: [String] = []
  @Flag(
    help:
      "Make one ordinary model whose reward is the mean of the members', double mixtures too; their adapters have to be the same."
  )
  var average = false
  @OptionGroup var replacing: ReplaceOption
  @OptionGroup var rule: CombinationOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Backbone") var backbone: BackboneOptions

  func validate() throws {
    if members.count < 2 { throw ValidationError("an ensemble has two or more members") }
    if average, rule.rule != nil {
      throw ValidationError("--average is a mean; --combine is for members that stay apart")
    }
    if output.isEmpty || output == "-" {
      throw ValidationError("--output names the folder to write, such as my.dmoerm")
    }
  }

  func run() async throws {
    let bundles = try members.map { try ModelOptions.bundle($0) }
    try checkPlaces(bundles, URL(fileURLWithPath: output))
    let bundle = try BundleTarget.check(output, replaces: replacing.replaces)
    let files = try [DataFile].checked(samples)
    var model = try ensemble(of: bundles)
    var scaling: TemperatureScaling?
    if !samples.isEmpty {
      let options = data.options(taxonomy: model.configuration.taxonomy, dropsUnknownNames: true)
      let (held, notes) = try files.samples(options)
      if !notes.isEmpty { Console.error.print(notes) }
      scaling = try Working.show("calibrating") { try model.calibrate(on: held, progress: $0) }
    }
    model.provenance = [
      "tool": "dmoerm \(DMoERMCommand.version)", "members": members.joined(separator: ", "),
    ]
    try model.write(to: bundle)
    let origin =
      scaling.map { own in
        own.refusal.map { "the members' mean: \($0)" } ?? "on \(Numbers.count(own.pairs, "pair"))"
      } ?? "the members' mean"
    Console.output.print(
      FactList([
        ("bundle", output), ("members", "\(members.count), \(average ? "averaged" : combination.description)"),
        ("temperature", "\(Numbers.fixed(Double(model.temperature), 2)), \(origin)"),
      ]).lines(Console.output.terminal))
  }

  private var combination: RewardCombination { rule.rule ?? .worstCase }

  /// No member is given twice, and none is what is written.
  private func checkPlaces(_ bundles: [URL], _ output: URL) throws {
    func place(_ url: URL) -> String { url.place + "/" }
    var seen: Set<String> = []
    for (name, url) in zip(members, bundles) {
      guard seen.insert(place(url)).inserted else { throw ValidationError("\(name) is given twice") }
      if place(output).hasPrefix(place(url)) || place(url).hasPrefix(place(output)) {
        throw ValidationError("--output \(self.output) would replace the member \(name)")
      }
    }
  }

  /// The members as one model.
  private func ensemble(of bundles: [URL]) throws -> RewardModel {
    let place = try backbone.path.map { try BackboneLocation.find($0) }
    let members = try Working.reading {
      try RewardModel.members(
        contentsOf: bundles, backbone: place, options: backbone.compute, checks: backbone.checks, progress: $0)
    }
    do {
      return average
        ? try RewardModel(averaging: members) : try RewardModel(ensemble: members, combination: combination)
    } catch ModelError.invalidModel(let reason) {
      let names = zip(1..., self.members).map { "member \($0) is \($1)" }.joined(separator: ", ")
      throw Failure(
        "these models \(average ? "have no mean" : "make no ensemble"): \(reason)", hint: names, status: .usage)
    }
  }
}
