import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a reward model on preferences.",
    discussion: """
      Phases: the router, then for every category its base, its capability experts and its aggregator. All is kept in \
      the run folder; the same command goes on where a killed one stopped. Unprefixed options are for bases and \
      experts; --expert-... and --aggregator-... stand above them, options above --config, --config above --paper.

      Examples:
        dmoerm train --samples preferences.jsonl --output my.dmoerm
        dmoerm train --samples a.jsonl --samples b.jsonl --taxonomy inferred \\
          --output my.dmoerm
        dmoerm train --samples preferences.jsonl --labels labels.jsonl \\
          --output my.dmoerm
        zcat preferences.jsonl.gz | dmoerm train --samples - --output my.dmoerm
        dmoerm train --print-config > config.json
        dmoerm train --config config.json --samples preferences.jsonl \\
          --output my.dmoerm

      \(ExitStatus.help)
      """)

  @Option(
    parsing: .unconditionalSingleValue,
    help: "A JSON Lines file of preferences; - reads standard input. May be given several times.", transform: pathWord)
  var samples: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Capability labels as `dmoerm label` writes them; rows that --samples has, too, count once.", valueName: "file"),
    transform: pathWord)
  var labels: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: "More prompts with categories for the router. May be given several times.", transform: pathWord)
  var prompts: [String] = []
  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "The bundle to write, a folder such as my.dmoerm.",
    transform: pathWord) var output: String?
  @Option(
    name: .customLong("run"), parsing: .unconditional,
    help: ArgumentHelp("The run folder; beside the bundle if not given.", valueName: "folder"), transform: pathWord)
  var runFolder: String?
  @Option(
    parsing: .unconditional, help: "A JSON file of settings; those it does not name keep their values.",
    transform: pathWord) var config: String?
  @Flag(help: "Print the settings that would be used, as --config reads them, and stop.") var printConfig = false
  @Flag(help: "Start from the paper's settings instead of the defaults.") var paper = false
  @Flag(help: "Write every event as a JSON line to standard output.") var json = false
  @OptionGroup var replacing: ReplaceOption
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Categories") var taxonomy: TaxonomyArguments
  @OptionGroup(title: "Model") var model: ModelArguments
  @OptionGroup(title: "Training") var training: TrainingArguments
  @OptionGroup(title: "Training") var trunkFile: TrunkFileOptions
  @OptionGroup(title: "Backbone") var origin: BaseArguments
  @OptionGroup(title: "Backbone") var backbone: BackboneOptions

  /// Not part of `validate`, which comes before options that do not exist are told of: a misspelt one is missing, too.
  func checkRequired() throws {
    if samples.isEmpty, labels.isEmpty {
      throw ValidationError("--samples FILE is missing, or --labels FILE; `dmoerm train --help` says more")
    }
    if output == nil { throw ValidationError("--output FOLDER is missing: the bundle to write, such as my.dmoerm") }
  }

  /// The settings that the arguments make.
  func plan() throws -> TrainingPlan { try planWithLength().plan }

  /// The same, and where the longest text's length is from; nil if nobody set it.
  private func planWithLength() throws -> (plan: TrainingPlan, lengthSource: String?) {
    var plan = TrainingPlan(training: paper ? .paper : TrainingConfiguration())
    var lengthSource: String?
    if let config {
      let settings = try SettingsFile(config, option: "--config").json
      plan = try plan.overridden(by: settings, in: config)
      if settings.names("model.maximumTokens") { lengthSource = "\(config): model.maximumTokens" }
    }
    model.apply(to: &plan.model)
    if let word = model.template { plan.model.template = try template(word) }
    if model.maximumTokens != nil { lengthSource = "--maximum-tokens" }
    training.apply(to: &plan.training)
    return (plan, lengthSource)
  }

  private func template(_ word: String) throws -> ConversationTemplate {
    guard origin.base == nil else {
      throw ValidationError("--template goes with a new base: one of --base is read through its own template")
    }
    return try TemplateWord.template(word, ofBackbone: backbone.path)
  }

  func run() async throws { try train(over: nil) }

  /// What is to be trained, looked at before anything that takes long.
  private struct Start {
    let plan: TrainingPlan
    let files: TrainingFiles
    let data: TrainingRows
    let model: RewardModel
    let bundle: URL
    let folder: URL
  }

  /// Trains, alone or as one of several ranks; what is written is the first one's.
  func train(over ranks: (any Communicator)?) throws {
    guard let start = try RankAgreement.outcome(over: ranks, { try self.start(over: ranks) }) else { return }
    var model = start.model
    let session = TrainingSession(
      configuration: start.plan.training, runFolder: start.folder, json: json, replaces: replacing.replaces,
      trunkFile: trunkFile.place, ranks: ranks)
    try session.run(&model, samples: start.data.samples, prompts: start.data.prompts)
    if ranks.isFirst { try write(&model, start) }
  }

  /// - Returns: nil where the settings were printed, and that is all.
  private func start(over ranks: (any Communicator)?) throws -> Start? {
    let settings = try planWithLength()
    var plan = settings.plan
    try plan.validate()
    if printConfig {
      Console.output.print(try plan.text())
      return nil
    }
    try checkRequired()
    let known = try taxonomy.known()
    let (bundle, folder) = try targets(checked: ranks.isFirst)
    try origin.check(backbone)
    let files = try TrainingFiles(samples: samples, labels: labels, prompts: prompts)
    try RankAgreement.check(files.all, over: ranks)
    let data = try TrainingRows(of: files, taxonomy, known: known, options: self.data, plan)
    if !data.notes.isEmpty { Console.error.print(data.notes) }

    let start = try origin.start(backbone)
    if let note = start.note { Console.error.print(note) }
    if let note = try plan.model.fitLength(to: start.backbone.configuration.contextLength, setBy: settings.lengthSource)
    {
      Console.error.print(note)
    }
    plan.model.taxonomy = data.taxonomy
    let model = try start.model(plan.model, seed: plan.training.seed, options: backbone.compute)
    return Start(plan: plan, files: files, data: data, model: model, bundle: bundle, folder: folder)
  }

  /// Writes the bundle and the report of a model that was trained.
  private func write(_ model: inout RewardModel, _ start: Start) throws {
    let (plan, data, folder) = (start.plan, start.data, start.folder)
    guard !model.trainedCategories.isEmpty else {
      throw Failure(
        "no category had enough samples to train; no bundle was written",
        hint: "The lines above say why; `dmoerm inspect data FILE` counts what there is.", status: .badInput)
    }
    let held = try plan.training.validationSamples(data.samples)
    let scaling = try Working.show("calibrating") { try model.calibrate(on: held, progress: $0) }
    model.provenance = [
      "tool": "dmoerm \(DMoERMCommand.version)",
      "samples": "\(data.samples.count) of \(start.files.all.map(\.name).joined(separator: ", "))",
      "seed": "\(plan.training.seed)",
    ]
    // By this the run knows its own bundle, and may replace it.
    model.provenance["run"] = BundleTarget.runName(folder)
    try model.write(to: start.bundle)
    let report = folder.appendingPathComponent("report.html")
    try TrainingReport(
      runFolder: folder, title: start.bundle.lastPathComponent,
      facts: [("samples", model.provenance["samples"] ?? ""), ("backbone", model.backbone.name)]
    ).write(to: report)
    try finish(bundle: start.bundle, folder: folder, report: report, scaling)
  }

  /// Where the bundle and the run are written.
  ///
  /// - Parameter checked: Whether this process is the one that writes there.
  private func targets(checked: Bool) throws -> (bundle: URL, run: URL) {
    let path = output ?? ""
    let beside = BundleTarget.runFolder(for: URL(fileURLWithPath: path))
    let run = runFolder.map { URL(fileURLWithPath: $0, isDirectory: true) } ?? beside
    guard checked else { return (URL(fileURLWithPath: path), run) }
    let bundle = try BundleTarget.check(path, run: run, replaces: replacing.replaces)
    guard !(run.place + "/").hasPrefix(bundle.place + "/") else {
      throw ValidationError("--output \(path) would replace the run folder \(run.relativePath); --run names another")
    }
    try BundleTarget.checkRun(run, option: "--run")
    return (bundle, run)
  }

  private func finish(bundle: URL, folder: URL, report: URL, _ scaling: TemperatureScaling) throws {
    let path = output ?? bundle.path
    if json {
      return Console.output.print(
        try JSONOutput.line([
          "event": "bundleWritten", "bundle": path, "runFolder": folder.relativePath, "report": report.relativePath,
        ]))
    }
    let next = [Invocation.program, "score", "--model", path] + (backbone.path.map { ["--backbone", $0] } ?? [])
    Console.output.print(
      FactList([
        ("bundle", path), ("run folder", folder.relativePath), ("report", report.relativePath),
        (
          "temperature",
          scaling.refusal.map { "none is kept: \($0)" }
            ?? "\(Numbers.fixed(scaling.temperature, 2)) on \(Numbers.count(scaling.pairs, "validation pair"))"
        ),
      ])
      .lines(Console.output.terminal) + [
        "", "Next:",
        "  " + ShellWord.command(next) + #" --prompt "Why is the sky blue?" --response "..." --response "...""#,
      ])
  }
}
