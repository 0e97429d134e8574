import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

struct EvalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measure how well a model orders preferences it has not seen.",
    discussion: """
      Prints ranking accuracy with 95 % intervals by category, source, language and capability point, beside what \
      choosing the longer reply gets; how often the router is right; and calibration. The category that a sample names \
      chooses the experts; with --routed the router does, as for a user who names none.

      Examples:
        dmoerm eval --model my.dmoerm --samples held-out.jsonl
        dmoerm eval --model my.dmoerm --samples held-out.jsonl --routed \\
          --html report.html
        zcat held-out.jsonl.gz | dmoerm eval --model my.dmoerm --samples - --json

      \(ExitStatus.help)
      """)

  @OptionGroup var model: ModelOptions
  @Option(
    parsing: .unconditionalSingleValue,
    help: "A JSON Lines file of preferences; - reads standard input. May be given several times.", transform: pathWord)
  var samples: [String]
  @Option(
    parsing: .unconditionalSingleValue,
    help: "More prompts with categories for the router. May be given several times.", transform: pathWord) var prompts:
    [String] = []
  @Flag(help: "Let the router choose the experts of every sample.") var routed = false
  @Flag(help: "Let every category's base score alone, to see what experts and aggregator add.") var basesOnly = false
  @Option(parsing: .unconditional, help: "Write the evaluation as a page, too.", transform: pathWord) var html: String?
  @Option(
    name: .customLong("run"), parsing: .unconditional,
    help: ArgumentHelp("The run folder whose curves the page shows.", valueName: "folder"), transform: pathWord)
  var runFolder: String?
  @OptionGroup var replacing: ReplaceOption
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Print all columns, however wide.") var wide = false
  @OptionGroup(title: "Data") var data: DataOptions

  func validate() throws {
    if basesOnly, model.experts.combine != nil { throw ValidationError("--combine has no part in --bases-only") }
    if runFolder != nil, html == nil { throw ValidationError("--run is for the page of --html") }
  }

  private struct Result: Encodable {
    var model: String
    /// What makes the reward: "the experts' mean" and the like, "aggregator" or "bases".
    var rewards: String
    var category: CategorySource
    var ranking: RankingEvaluation
    var router: RouterEvaluation?
  }

  func run() async throws {
    let (sampleFiles, promptFiles) = (self.samples.map(DataFile.init), self.prompts.map(DataFile.init))
    try (sampleFiles + promptFiles).check()
    if let html { _ = try OutputPlace.file(html, "--html", replaces: replacing.replaces) }
    if let runFolder { try InputFile(runFolder, option: "--run").checkFolder() }
    try model.check()
    let whole = try model.load()
    let model = basesOnly ? whole.usingBasesOnly() : whole
    let options = data.options(taxonomy: model.configuration.taxonomy, dropsUnknownNames: true)
    let (samples, notes) = try sampleFiles.samples(options)
    if !notes.isEmpty { Console.error.print(notes) }
    let trained = model.trainedCategories
    let strangers = samples.count { sample in
      sample.category.map { !trained.isEmpty && !trained.contains($0) } ?? true
    }
    if strangers > 0, !routed, model.configuration.taxonomy.categories.count > 1 {
      Console.error.print([
        "\(Numbers.count(strangers, "sample")) without a category that the model was trained for: the router's is taken"
      ])
    }
    let (prompts, promptNotes) = try promptFiles.prompts(options)
    if !promptNotes.isEmpty { Console.error.print(promptNotes) }
    let ranking = try Working.show("scoring") { progress in
      try model.evaluate(samples: samples, category: routed ? .routed : .labeled, progress: progress)
    }
    let router = try Self.router(of: model, samples: samples, prompts: prompts)
    if json {
      let result = Result(
        model: self.model.model, rewards: origin(model), category: routed ? .routed : .labeled, ranking: ranking,
        router: router)
      Console.output.print(try JSONOutput.line(result))
    } else {
      show(ranking, router)
      if let rule = model.configuration.combination { Console.output.print("", "Rewards: the experts' \(rule).") }
    }
    // Last: the figures are there even if the page cannot be written.
    guard let html else { return }
    try write(ranking, router, rewards: origin(model), to: html)
    if !json { Console.output.print("", "page: \(html)") }
  }

  private func show(_ ranking: RankingEvaluation, _ router: RouterEvaluation?) {
    let terminal = Console.output.terminal
    if wide {
      let text = ranking.textTable() + (router.map { "\n" + $0.textTable() } ?? "")
      Console.output.print(text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init))
    } else {
      Console.output.print(ranking.lines(terminal) + (router.map { [""] + $0.lines(terminal) } ?? []))
    }
  }

  /// On every prompt once; `nil` if there is nothing to route or nothing to compare with.
  static func router(
    of model: RewardModel, samples: [RankedResponses], prompts: [CategorizedPrompt]
  ) throws -> RouterEvaluation? {
    guard model.configuration.taxonomy.categories.count > 1 else { return nil }
    var seen = Set<Conversation>()
    let all = (samples.map { CategorizedPrompt($0) } + prompts)
      .filter { $0.category != nil && seen.insert($0.conversation).inserted }
    guard !all.isEmpty else { return nil }
    return try Working.show("routing") { try model.evaluateRouter(prompts: all, progress: $0) }
  }

  /// What makes the rewards of the model.
  private func origin(_ model: RewardModel) -> String {
    if let rule = model.configuration.combination { return "the experts' \(rule)" }
    let isComplete = model.trainedCategories.contains { model.isComplete(category: $0) }
    return isComplete ? "aggregator" : "bases"
  }

  private func write(
    _ ranking: RankingEvaluation, _ router: RouterEvaluation?, rewards: String, to path: String
  ) throws {
    let files = FileManager.default
    var folder = runFolder.map { URL(fileURLWithPath: $0, isDirectory: true) }
    var temporary: URL?
    defer { if let temporary { try? files.removeItem(at: temporary) } }
    if folder == nil {
      // A page without a run: one with no events.
      let empty = files.temporaryDirectory.appendingPathComponent("dmoerm-eval-\(getpid())", isDirectory: true)
      try files.createDirectory(at: empty, withIntermediateDirectories: true)
      temporary = empty
      try Data().write(to: empty.appendingPathComponent("metrics.jsonl"))
      folder = empty
    }
    guard let folder else { return }
    try TrainingReport(
      runFolder: folder, title: model.model,
      facts: [
        ("model", model.model), ("samples", samples.joined(separator: ", ")), ("rewards from", rewards),
        ("experts chosen by", routed ? "the router" : "the samples' categories"),
      ],
      evaluations: [(name: "model", ranking)], router: router
    ).write(to: URL(fileURLWithPath: path))
  }
}
