import ArgumentParser
import DMoEExperiment
@_spi(Command) import DMoERM
import Foundation

struct ExperimentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment", abstract: "Train several kinds of reward model on the same pairs and compare them.",
    discussion: """
      The file names data, settings (those of `dmoerm train --config`) and contenders; Docs/Experiments.md describes it. \
      Contenders are length, probe, single, pooled, perTask, withoutOuter and mixture, each with several seeds; the \
      seeds of one are also read as an ensemble. Everything is kept in the experiment's folder: the same command goes on \
      where a stopped one was, and a file with more contenders trains only those.

      Examples:
        dmoerm experiment experiment.json --output results
        dmoerm experiment experiment.json --output results --precision bfloat16
        dmoerm experiment experiment.json --output results \\
          --page Docs/Results/experiment.md

      \(ExitStatus.help)
      """)

  @Argument(help: "A JSON file.") var file: String
  @Option(
    name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("The experiment's folder.", valueName: "folder"),
    transform: pathWord) var output: String
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What the file's paths are relative to, if not its own folder.", valueName: "folder"),
    transform: pathWord)
  var data: String?
  @Option(parsing: .unconditional, help: "Gigabytes of trunk outputs that are kept in memory.") var cache = 4.0
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How many members train side by side, sharing the threads. Default: as many as there are threads.",
      valueName: "count"))
  var jobs: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Write a Markdown page of the run, too: commit, machine, command, all tables and the plan.", valueName: "file"),
    transform: pathWord)
  var page: String?
  @OptionGroup var replacing: ReplaceOption
  @Flag(help: "Print the result as JSON.") var json = false
  @OptionGroup(title: "Backbone") var backbone: BackboneOptions

  func validate() throws {
    guard cache >= 0, cache < 1e6 else {
      throw ValidationError("--cache must be 0 or more gigabytes and below 1,000,000, not \(cache)")
    }
    try Bounds.check("--jobs", jobs, Bounds.workers)
  }

  func run() async throws {
    let plan = try ExperimentFile(contentsOf: file)
    let folder = try OutputPlace.folder(output, "--output", what: "experiment", replaces: true) { folder in
      FileManager.default.fileExists(atPath: folder.appendingPathComponent("experiment.json").path)
    }
    var experiment = try Experiment(
      contenders: try plan.plan(path: file), folder: folder, trunkCacheBytes: Int(cache * Double(1 << 30)),
      membersAtOnce: jobs ?? backbone.compute.threads ?? ProcessInfo.processInfo.activeProcessorCount)
    experiment.checks = backbone.checks
    let pagePlace = try page.map { path in
      try OutputPlace.file(path, "--page", replaces: replacing.replaces || ExperimentPage.isOne(path))
    }
    let location = try BackboneLocation.find(backbone.path)
    let home =
      self.data.map { URL(fileURLWithPath: $0, isDirectory: true) }
      ?? URL(fileURLWithPath: file).deletingLastPathComponent()
    if let data = self.data { try InputFile(data, option: "--data").checkFolder() }
    try plan.checkFiles(in: home)
    experiment.judge = try plan.goldJudge(path: file, in: home)
    let (data, notes) = try Failure.reading(orHint: "\"skipInvalid\": true leaves such lines out and counts them.") {
      try plan.read(from: home)
    }
    if !notes.isEmpty { Console.error.print(notes) }
    Console.error.print(Self.summary(data))
    let start = ContinuousClock.now
    let result = try run(experiment, data, location)
    let seconds = start.duration(to: .now).seconds
    var facts = [
      ("backbone", location.lastPathComponent),
      ("training", Self.count(data.training)),
      ("categories", data.taxonomy.categories.map(\.id).joined(separator: ", ")),
    ]
    facts += Self.facts(experiment.judge)
    facts.append(("this run", DurationText.clock(seconds)))
    let report = ExperimentReport(result: result, title: plan.title ?? "Experiment", facts: facts)
    let files = [
      ("result.json", Data(try JSONOutput.pretty(result).utf8)), ("result.md", Data(report.markdown().utf8)),
      ("report.html", Data(report.html().utf8)),
    ]
    for (name, content) in files {
      try content.write(to: folder.appendingPathComponent(name), options: .atomic)
    }
    if let pagePlace {
      let page = ExperimentPage(report: report, plan: try String(contentsOfFile: file, encoding: .utf8))
      try Data(page.text().utf8).write(to: pagePlace, options: .atomic)
    }
    if json { return Console.output.print(try JSONOutput.pretty(result)) }
    Console.output.print(ExperimentView(result: result).lines(Console.output.terminal))
    Console.output.print("")
    Console.output.print(
      FactList(
        files.map { (($0.0 as NSString).pathExtension, folder.appendingPathComponent($0.0).relativePath) }
          + (page.map { [("page", $0)] } ?? [])
      ).lines(Console.output.terminal))
  }

  private func run(_ experiment: Experiment, _ data: ExperimentData, _ backbone: URL) throws -> ExperimentResult {
    let again = ShellWord.command([Invocation.program] + CommandLine.arguments.dropFirst())
    let interrupt = Interrupt(wait: "dmoerm: stopping after this step; once more stops at once.")
    defer { interrupt.end() }
    var view = ExperimentProgress()
    let result = try experiment.run(data, backbone: backbone, options: self.backbone.compute) { event in
      view.handle(event)
      try interrupt.check(
        "stopped; what is done is kept in \(output)", hint: "The same command goes on from there: \(again)")
    }
    Console.error.clear()
    return result
  }

  private static func facts(_ judge: GoldJudge?) -> [(String, String)] {
    guard let judge else { return [] }
    let parts = GoldJudge.Part.allCases.filter(judge.parts.contains).map(\.rawValue).joined(separator: ", ")
    return [("judge", "\(judge.bundle.lastPathComponent), of \(parts)")]
  }

  private static func count(_ samples: [RankedResponses]) -> String {
    let labels = samples.count { $0.capability != nil }
    return Numbers.count(samples.count - labels, "pair") + (labels > 0 ? ", \(Numbers.count(labels, "label"))" : "")
  }

  private static func summary(_ data: ExperimentData) -> [String] {
    return [
      "training \(count(data.training)); validation \(count(data.validation)); "
        + data.tests.map { "\($0.name) \(count($0.samples))" }.joined(separator: "; ")
        + (data.bestOfN.isEmpty ? "" : "; best of n \(Numbers.count(data.bestOfN.count, "prompt"))")
    ]
  }
}
