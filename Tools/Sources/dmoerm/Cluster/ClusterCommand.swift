import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// Gives preferences that name no task category one.
struct ClusterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster", abstract: "Divide prompts into task categories where data names none.",
    discussion: """
      Prompts are grouped by what the frozen backbone makes of them: k-means over the states that a router reads. The \
      rows are written with their cluster as their category, so that a double mixture can be trained on them. A \
      category that a row names is replaced; how far the clusters agree with those is told.

      Examples:
        dmoerm cluster --samples preferences.jsonl --count 6
        dmoerm cluster --samples preferences.jsonl --count 6 --out clustered.jsonl
        dmoerm train --samples clustered.jsonl --taxonomy inferred \\
          --output my.dmoerm

      \(ExitStatus.help)
      """)

  @OptionGroup(title: "Backbone") var backbone: BackboneOptions
  @Option(
    parsing: .unconditionalSingleValue,
    help: "A JSON Lines file of preferences; - reads standard input. May be given several times.", transform: pathWord)
  var samples: [String]
  @Option(parsing: .unconditional, help: "How many clusters there are to be.") var count: Int
  @Option(
    name: .customLong("out"), parsing: .unconditional,
    help: ArgumentHelp(
      "Write the rows with their cluster as their category to this file; nothing is written without it.",
      valueName: "file"), transform: pathWord)
  var output: String?
  @Option(parsing: .unconditional, help: "How many layers of the backbone are read; a router's --router-depth.")
  var depth: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The template that texts are read through, as `dmoerm train` has it.", valueName: "name"))
  var template: String?
  @Option(parsing: .unconditional, help: "How many typical prompts of each cluster are shown.") var show = 3
  @Option(parsing: .unconditional, help: "The seed that centers are drawn from.") var seed: UInt64 = 0
  @OptionGroup var replacing: ReplaceOption
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup(title: "Data") var data: DataOptions

  func validate() throws {
    guard count >= 2 else { throw ValidationError("--count must be 2 or more, not \(count)") }
    guard show >= 0 else { throw ValidationError("--show must be 0 or more, not \(show)") }
  }

  func run() async throws {
    let files = try [DataFile].checked(samples)
    try LabelFiles.checkApart(inputs: samples.map { ("--samples", $0) }, outputs: [("--out", output)])
    let place = try output.map { try OutputPlace.file($0, "--out", replaces: replacing.replaces) }
    let (rows, notes) = try files.samples(data.options(taxonomy: nil))
    if !notes.isEmpty { Console.error.print(notes) }
    var configuration = RewardModel.Configuration(taxonomy: .single)
    configuration.router.depth = depth
    if let template { configuration.template = try TemplateWord.template(template, ofBackbone: self.backbone.path) }
    let backbone = try self.backbone.load()
    // No response is read, and of prompts as much as a router reads.
    _ = try configuration.fitLength(to: backbone.configuration.contextLength, setBy: nil)
    let model = try RewardModel(
      configuration: configuration, backbone: backbone, seed: seed, options: self.backbone.compute)
    let clusters = try Working.show("reading prompts") { progress in
      try model.promptClusters(
        of: rows.map(\.conversation), count: count, seed: seed, progress: progress)
    }
    if let place {
      let categorized = zip(rows, clusters.assignments).map { row, cluster in
        row.labeled(category: PromptClusters.identifier(of: cluster), capability: row.capability)
      }
      try PreferenceWriter.write(categorized, to: place)
    }
    let view = ClusterView(clusters, of: rows, typical: show, output: place?.relativePath)
    if json { return Console.output.print(try JSONOutput.line(view)) }
    Console.output.print(view.lines(Console.output.terminal))
  }
}
