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

      A file with "overoptimization" in the place of data measures what optimizing against each contender gains and costs, by \
      a gold model: the backbone writes texts, the gold model labels pairs of them, and the contenders that learn from \
      these choose the best of n and train policies.

      Examples:
        dmoerm experiment experiment.json --output results
        dmoerm experiment experiment.json --output results --precision bfloat16
        dmoerm experiment experiment.json --output results \\
          --page Docs/Results/experiment.md
        dmoerm experiment Experiments/overoptimization.json --output results
        dmoerm experiment experiment.json --print-config

      \(ExitStatus.help)
      """)

  @Argument(help: "A JSON file.") var file: String
  @Option(
    name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("The experiment's folder.", valueName: "folder"),
    transform: pathWord) var output: String?
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
      "Write a Markdown page of the run, too: commit, machine, command, all tables and the plan.",
      discussion: "Of over-optimization with a picture beside it, FILE.svg.", valueName: "file"),
    transform: pathWord)
  var page: String?
  @OptionGroup var trunkFile: TrunkFileOptions
  @OptionGroup var replacing: ReplaceOption
  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(help: "Print the file's settings with all their values, and stop.") var printConfig = false
  @OptionGroup(title: "Backbone") var backbone: BackboneOptions

  func validate() throws {
    guard cache >= 0, cache < 1e6 else {
      throw ValidationError("--cache must be 0 or more gigabytes and below 1,000,000, not \(cache)")
    }
    try Bounds.check("--jobs", jobs, Bounds.workers)
  }

  func run() async throws { try await run(over: nil) }

  /// What is to be done, looked at before anything that takes long.
  private struct Start {
    let plan: SettingsFile
    let isMeasurement: Bool
    let folder: URL
    let places: (page: URL?, picture: URL?)
  }

  /// Runs alone or as one of several ranks, which share out the members; what is printed and written is the first one's.
  func run(over ranks: (any Communicator)?) async throws {
    guard let start = try RankAgreement.outcome(over: ranks, { try self.start(over: ranks) }) else { return }
    let (plan, folder, places) = (start.plan, start.folder, start.places)
    let outcome: ExperimentOutcome?
    if start.isMeasurement {
      outcome = try await measure(try plan.decoded(as: OverOptimizationFile.self), in: folder)
    } else {
      outcome = try compare(try plan.decoded(as: ExperimentFile.self), in: folder, over: ranks)
    }
    guard let done = outcome else { return }
    if let page = places.page {
      let text = ExperimentPage(markdown: done.markdown, plan: try String(contentsOfFile: file, encoding: .utf8)).text()
      try Data(text.utf8).replaceFile(at: page)
    }
    if let picture = places.picture { try Data(done.picture.utf8).replaceFile(at: picture) }
    if json { return Console.output.print(done.json) }
    Console.output.print(done.lines)
    Console.output.print("")
    Console.output.print(
      FactList(done.files.map { ($0.pathExtension, $0.relativePath) } + (page.map { [("page", $0)] } ?? []))
        .lines(Console.output.terminal))
  }

  /// - Returns: nil where the settings were printed, and that is all.
  private func start(over ranks: (any Communicator)?) throws -> Start? {
    let plan = try SettingsFile(file)
    let isMeasurement = plan.json.names(OverOptimizationFile.key)
    if printConfig {
      try printSettings(plan, isMeasurement)
      return nil
    }
    // Not part of `validate`, which comes before options that do not exist are told of: a misspelt one is missing, too.
    guard let output else { throw ValidationError("--output FOLDER is missing: where the experiment is kept") }
    if ranks != nil {
      guard !isMeasurement else {
        throw ValidationError("what optimizing costs is measured by one process: dmoerm experiment")
      }
      guard jobs ?? 1 == 1 else { throw ValidationError("--jobs is 1 here: each rank trains one member at a time") }
    }
    if let data { try InputFile(data, option: "--data").checkFolder() }
    guard ranks.isFirst else {
      return Start(
        plan: plan, isMeasurement: isMeasurement, folder: URL(fileURLWithPath: output, isDirectory: true),
        places: (nil, nil))
    }
    let folder = try OutputPlace.folder(output, "--output", what: "experiment", replaces: true) { folder in
      isMeasurement ? OverOptimization.isOne(folder) : Experiment.isOne(folder)
    }
    return Start(
      plan: plan, isMeasurement: isMeasurement, folder: folder, places: try pagePlaces(withPicture: isMeasurement))
  }

  /// Where the Markdown page goes, and beside it its picture.
  private func pagePlaces(withPicture: Bool) throws -> (page: URL?, picture: URL?) {
    guard let page else { return (nil, nil) }
    guard !withPicture || Self.picture(of: page) != page else {
      throw ValidationError("--page \(page) is where its picture would go; name a Markdown file")
    }
    let replaces = replacing.replaces || ExperimentPage.isOne(page)
    return (
      try OutputPlace.file(page, "--page", replaces: replaces),
      withPicture ? try OutputPlace.file(Self.picture(of: page), "--page", replaces: replaces) : nil
    )
  }

  static func picture(of page: String) -> String { (page as NSString).deletingPathExtension + ".svg" }

  var home: URL {
    data.map { URL(fileURLWithPath: $0, isDirectory: true) } ?? URL(fileURLWithPath: file).deletingLastPathComponent()
  }
  var trunkCacheBytes: Int { Int(cache * Double(1 << 30)) }
  var membersAtOnce: Int {
    jobs ?? backbone.compute.threads ?? ProcessInfo.processInfo.activeProcessorCount
  }

  private func printSettings(_ plan: SettingsFile, _ isMeasurement: Bool) throws {
    let shown: ShownExperiment
    if isMeasurement {
      let read = try plan.decoded(as: OverOptimizationFile.self)
      shown = ShownExperiment(
        overoptimization: try read.measurement(path: file),
        settings: try common(read.settings, read.template))
    } else {
      let read = try plan.decoded(as: ExperimentFile.self)
      shown = ShownExperiment(settings: try common(read.settings, read.template))
    }
    Console.output.print(try SettingsJSON(showing: shown).text)
  }

  private func common(_ settings: SettingsJSON?, _ template: String?) throws -> TrainingPlan {
    try ContenderPlan(settings: settings, folder: home, template: template, backbone: backbone.path).common(path: file)
  }

  // MARK: An experiment on data that is there

  /// - Returns: nil on ranks but the first.
  private func compare(
    _ plan: ExperimentFile, in folder: URL, over ranks: (any Communicator)?
  ) throws -> ExperimentOutcome? {
    let (experiment, location, data) = try RankAgreement.outcome(over: ranks) {
      var experiment = try Experiment(
        contenders: try plan.plan(path: file, in: home, backbone: backbone.path), folder: folder,
        trunkCacheBytes: trunkCacheBytes,
        membersAtOnce: ranks == nil ? membersAtOnce : 1)
      if let place = trunkFile.place { (experiment.trunkFile, experiment.trunkFileBytes) = (place.url, place.bytes) }
      experiment.checks = backbone.checks
      let location = try BackboneLocation.find(backbone.path)
      try plan.checkFiles(in: home)
      experiment.judge = try plan.goldJudge(path: file, in: home)
      let (data, notes) = try Failure.reading(orHint: "\"skipInvalid\": true leaves such lines out and counts them.") {
        try plan.read(from: home)
      }
      if !notes.isEmpty { Console.error.print(notes) }
      return (experiment, location, data)
    }
    Console.error.print(Self.summary(data))
    let start = ContinuousClock.now
    let interrupt = Interrupt(wait: Self.stopping)
    defer { interrupt.end() }
    var view = ExperimentProgress()
    func tell(_ event: ExperimentEvent) throws {
      view.handle(event)
      try check(interrupt, folder)
    }
    let options = backbone.compute
    let measured =
      try ranks.map { try experiment.run(data, backbone: location, options: options, over: $0, onEvent: tell) }
      ?? experiment.run(data, backbone: location, options: options, onEvent: tell)
    Console.error.clear()
    guard let result = measured else { return nil }
    var facts = [
      ("backbone", location.lastPathComponent),
      ("training", Self.count(data.training)),
      ("categories", data.taxonomy.categories.map(\.id).joined(separator: ", ")),
    ]
    facts += Self.facts(experiment.judge)
    facts.append(("this run", DurationText.clock(start.duration(to: .now).seconds)))
    let report = ExperimentReport(result: result, title: plan.title ?? "Experiment", facts: facts)
    let json = try JSONOutput.pretty(result)
    return ExperimentOutcome(
      lines: ExperimentView(result: result).lines(Console.output.terminal), json: json,
      markdown: { ExperimentReport(result: result, title: report.title, facts: $0 + report.facts).markdown() },
      files: try ExperimentOutcome.write(
        json: json, markdown: report.markdown(), html: report.html(), to: folder))
  }

  /// Said when a signal comes.
  static let stopping = "dmoerm: stopping after this step; once more stops at once."

  /// - Throws: `Failure` if a signal came.
  func check(_ interrupt: Interrupt, _ folder: URL) throws {
    let again = ShellWord.command([Invocation.program] + CommandLine.arguments.dropFirst())
    try interrupt.check(
      "stopped; what is done is kept in \(folder.relativePath)", hint: "The same command goes on from there: \(again)")
  }

  // MARK: Facts

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
