import ArgumentParser
import DMoERM
import Foundation

struct EnsembleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ensemble", abstract: "Make one bundle of several reward models over one backbone.",
    discussion: """
      Its reward is the least of the members', or what --combine says. Members are ordinary reward models, trained \
      without capability points, mostly the same way with other seeds. What they have in common is computed once.

      Example:
        for seed in 1 2 3; do
          dmoerm train --samples preferences.jsonl --taxonomy single --seed $seed --output $seed.dmoerm
        done
        dmoerm ensemble 1.dmoerm 2.dmoerm 3.dmoerm --samples validation.jsonl --output best.dmoerm

      \(ExitStatus.help)
      """)

  @Argument(help: "The bundles, two or more.") var members: [String]
  @Option(name: .shortAndLong, help: "The bundle to write, a folder such as my.dmoerm.") var output: String
  @Option(
    help: ArgumentHelp(
      "Held-out preferences that the temperature is found on; the members' mean without.", valueName: "file"))
  var samples: String?
  @OptionGroup var rule: CombinationOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Backbone") var backbone: BackboneOptions

  func validate() throws {
    if members.count < 2 { throw ValidationError("an ensemble has two or more members") }
  }

  func run() async throws {
    let bundle = try BundleTarget.check(output)
    let bundles = try members.map { try ModelOptions.bundle($0) }
    let first = try RewardModel(
      contentsOf: bundles[0], backbone: backbone.path.map { try BackboneLocation.find($0) }, options: backbone.compute)
    let others = try bundles.dropFirst().map {
      try RewardModel(contentsOf: $0, backbone: first.backbone, options: backbone.compute)
    }
    var model = try RewardModel(ensemble: [first] + others, combination: rule.rule ?? .worstCase)
    var scaling: TemperatureScaling?
    if let samples {
      let options = data.options(taxonomy: model.configuration.taxonomy, unknownNames: .drop)
      let (held, notes) = try [DataFile].checked([samples]).samples(options)
      if !notes.isEmpty { Console.error.print(notes) }
      scaling = try Working.show("calibrating") { try model.calibrate(on: held, progress: $0) }
    }
    model.provenance["tool"] = "dmoerm \(DMoERMCommand.version)"
    model.provenance["members"] = members.map { URL(fileURLWithPath: $0).lastPathComponent }.joined(separator: ", ")
    try model.write(to: bundle)
    Console.output.print(
      FactList([
        ("bundle", output), ("members", "\(members.count), \((rule.combine ?? .worstCase).rawValue)"),
        (
          "temperature",
          "\(Numbers.fixed(Double(model.temperature), 2)), "
            + (scaling.map { $0.isReliable ? "on \(Numbers.count($0.pairs, "pair"))" : "too few pairs to find it" }
              ?? "the members' mean")
        ),
      ]).lines(Console.output.terminal))
  }
}
