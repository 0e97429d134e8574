import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

struct EvalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measure how well a model orders preferences it has not seen.",
    discussion: """
      Prints ranking accuracy with 95 % intervals by category, source, language and capability point, beside what \
      choosing the longer reply gets; how often the router is right; and calibration. The category that a sample names \
      chooses the experts; with --routed the router does, as for a user who names none. Intervals are by prompts. \
      With --against another model's rewards on the same samples are compared pair by pair.

      Examples:
        dmoerm eval --model my.dmoerm --samples held-out.jsonl
        dmoerm eval --model my.dmoerm --samples held-out.jsonl --routed \\
          --html report.html
        dmoerm eval --model other.dmoerm --samples held-out.jsonl \\
          --rewards-out other.jsonl
        dmoerm eval --model my.dmoerm --samples held-out.jsonl --against other.jsonl
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
  @Flag(
    help: """
      Train routers without each source in turn, too, and tell how often they are right on it: whether tasks are learnt, \
      or sources. Wants prompts with categories and sources, those that the router was trained on.
      """)
  var leaveSourcesOut = false
  @Flag(help: "Let every category's base score alone, to see what experts and aggregator add.") var basesOnly = false
  @OptionGroup var rewards: RewardOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Rewards of another model on the same samples, as --rewards-out writes them: how much better is this one?",
      valueName: "file"), transform: pathWord)
  var against: String?
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
    if rewards.rewards != nil, routed || basesOnly || !prompts.isEmpty {
      throw ValidationError("--rewards has no model: --routed, --bases-only and --prompts have no part in it")
    }
    if rewards.rewards != nil, leaveSourcesOut {
      throw ValidationError("--rewards has no model: --leave-sources-out has no part in it")
    }
    try rewards.check(beside: model)
    if runFolder != nil, html == nil { throw ValidationError("--run is for the page of --html") }
  }

  private struct Result: Encodable {
    var model: String
    /// What makes the reward: "the experts' mean" and the like, "aggregator" or "bases".
    var rewards: String
    var category: CategorySource
    var ranking: RankingEvaluation
    var router: RouterEvaluation?
    /// By --leave-sources-out.
    var transfer: RouterTransfer?
    /// Beside the rewards of --against.
    var comparison: RankingComparison?
  }

  /// What there is to show.
  private struct Outcome {
    /// What makes the rewards.
    var origin: String
    var ranking: RankingEvaluation
    var router: RouterEvaluation?
    var transfer: RouterTransfer?
    var comparison: RankingComparison?
    var rule: RewardCombination?
    var category: CategorySource
  }

  func run() async throws { try evaluate(over: nil) }

  /// Evaluates, alone or as one of several ranks, which share out the texts; what is printed and written is the first one's.
  func evaluate(over ranks: (any Communicator)?) throws {
    let (sampleFiles, promptFiles) = (self.samples.map(DataFile.init), self.prompts.map(DataFile.init))
    try (sampleFiles + promptFiles).check()
    for files in [sampleFiles, promptFiles] { try files.checkDistinct() }
    if ranks.isFirst, let html { _ = try OutputPlace.file(html, "--html", replaces: replacing.replaces) }
    if let runFolder { try InputFile(runFolder, option: "--run").checkFolder() }
    try rewards.check()
    if let against { try InputFile(against, option: "--against").check() }
    let made = try rewards.rewards == nil ? measured(sampleFiles, promptFiles, over: ranks) : read(sampleFiles)
    guard let outcome = made else { return }
    let name = rewards.rewards ?? model.model
    if json {
      let result = Result(
        model: name, rewards: outcome.origin, category: outcome.category, ranking: outcome.ranking,
        router: outcome.router, transfer: outcome.transfer, comparison: outcome.comparison)
      Console.output.print(try JSONOutput.line(result))
    } else {
      show(outcome.ranking, outcome.router)
      if let transfer = outcome.transfer {
        Console.output.print([""] + transfer.lines(Console.output.terminal))
      }
      if let comparison = outcome.comparison {
        Console.output.print(["", "beside \(against ?? "")"] + comparison.table.lines(Console.output.terminal))
      }
      if let rule = outcome.rule { Console.output.print("", "Rewards: the experts' \(rule).") }
    }
    // Last: the figures are there even if the page cannot be written.
    guard ranks.isFirst, let html else { return }
    try write(outcome, to: html)
    if !json { Console.output.print("", "page: \(html)") }
  }

  /// The rewards of a file, without a model.
  private func read(_ files: [DataFile]) throws -> Outcome {
    let (all, notes) = try files.samples(data.options(taxonomy: nil))
    if !notes.isEmpty { Console.error.print(notes) }
    guard let file = try rewards.file() else { throw ValidationError("--rewards names no file") }
    let samples = file.own(of: all)
    if samples.count < all.count {
      let leftOut = Numbers.count(all.count - samples.count, "sample")
      Console.error.print(["\(leftOut) left out, which \(file.name) is not of"])
    }
    let lines = try Failure.reading(orHint: "A file of rewards is read whole: no line is left out.") {
      try file.lines(of: samples)
    }
    return Outcome(
      origin: file.name,
      ranking: try RankingEvaluation(samples: samples, lines: lines, temperature: file.temperature),
      comparison: try comparison(samples, lines),
      category: file.origin?["category"].flatMap(CategorySource.init) ?? .labeled)
  }

  /// The rewards of the model.
  private func measured(
    _ sampleFiles: [DataFile], _ promptFiles: [DataFile], over ranks: (any Communicator)?
  ) throws -> Outcome? {
    try model.check()
    let whole = try model.load()
    let model = basesOnly ? whole.usingBasesOnly() : whole
    let options = data.options(taxonomy: model.configuration.taxonomy, dropsUnknownNames: true)
    let (samples, notes) = try sampleFiles.samples(options)
    if !notes.isEmpty { Console.error.print(notes) }
    tellStrangers(samples, model)
    let (prompts, promptNotes) = try promptFiles.prompts(options)
    if !promptNotes.isEmpty { Console.error.print(promptNotes) }
    let lines = try lines(of: samples, model, over: ranks)
    let router = try Self.router(of: model, samples: samples, prompts: prompts, over: ranks ?? SingleRank())
    guard ranks.isFirst else { return nil }
    let transfer = leaveSourcesOut ? try Self.transfer(of: model, samples: samples, prompts: prompts) : nil
    return Outcome(
      origin: origin(model),
      ranking: try RankingEvaluation(samples: samples, lines: lines, temperature: model.temperature), router: router,
      transfer: transfer,
      comparison: try comparison(samples, lines), rule: model.configuration.combination,
      category: routed ? .routed : .labeled)
  }

  private func tellStrangers(_ samples: [RankedResponses], _ model: RewardModel) {
    let trained = model.trainedCategories
    let strangers = samples.count { sample in
      sample.category.map { !trained.isEmpty && !trained.contains($0) } ?? true
    }
    guard strangers > 0, !routed, model.configuration.taxonomy.categories.count > 1 else { return }
    Console.error.print([
      "\(Numbers.count(strangers, "sample")) without a category that the model was trained for: the router's is taken"
    ])
  }

  private func lines(
    of samples: [RankedResponses], _ model: RewardModel, over ranks: (any Communicator)?
  ) throws -> [RewardLine] {
    let source: CategorySource = routed ? .routed : .labeled
    let ranks = ranks ?? SingleRank()
    func score(_ samples: [RankedResponses], _ progress: (Int, Int) -> Void) throws -> [RewardLine] {
      try model.rewardLines(of: samples, category: source, over: ranks, progress: progress)
    }
    guard let output = rewards.output else { return try Working.show("scoring") { try score(samples, $0) } }
    let origin = try self.model.origin(of: model).merging([
      "texts": RewardFile.fingerprint(of: samples), "category": source.rawValue, "bases": "\(basesOnly)",
    ]) { $1 }
    // The first rank alone knows what was written before, and writes.
    var log = try RankAgreement.outcome(over: ranks) {
      ranks.isFirst
        ? try RewardLog(output, origin: origin, ids: samples.map(\.id), replaces: replacing.replaces) : nil
    }
    let done = try ranks.broadcast(Data("\(log?.lines.count ?? 0)".utf8), from: 0)
    let places = RewardLog.batches(from: Int(String(decoding: done, as: UTF8.self)) ?? 0, to: samples.count)
    try Working.show("scoring") { progress in
      for places in places {
        let lines = try score(Array(samples[places])) { _, _ in }
        try log?.append(lines)
        progress(places.upperBound, samples.count)
      }
    }
    return log?.lines ?? []
  }

  /// Beside the other model's rewards; nil if none are named.
  private func comparison(_ samples: [RankedResponses], _ lines: [RewardLine]) throws -> RankingComparison? {
    try against.map { path in
      let other = try Failure.reading(orHint: "A file of rewards is read whole: no line is left out.") {
        try RewardFile(contentsOf: URL(fileURLWithPath: path)).lines(of: samples)
      }
      return try RankingComparison(samples: samples, first: lines, second: other)
    }
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
    of model: RewardModel, samples: [RankedResponses], prompts: [CategorizedPrompt],
    over ranks: any Communicator = SingleRank()
  ) throws -> RouterEvaluation? {
    guard model.configuration.taxonomy.categories.count > 1 else { return nil }
    var seen = Set<Conversation>()
    let all = (samples.map { CategorizedPrompt($0) } + prompts)
      .filter { $0.category != nil && seen.insert($0.conversation).inserted }
    guard !all.isEmpty else { return nil }
    return try Working.show("routing") { try model.evaluateRouter(prompts: all, over: ranks, progress: $0) }
  }

  private static func transfer(
    of model: RewardModel, samples: [RankedResponses], prompts: [CategorizedPrompt]
  ) throws -> RouterTransfer {
    let all = samples.map { CategorizedPrompt($0) } + prompts
    return try Working.show("reading for routers") { reading in
      try Working.show("fitting routers") { fitting in
        try model.routerTransfer(prompts: all, progress: reading, fitting: fitting)
      }
    }
  }

  /// What makes the rewards of the model.
  private func origin(_ model: RewardModel) -> String {
    if let rule = model.configuration.combination { return "the experts' \(rule)" }
    let isComplete = model.trainedCategories.contains { model.isComplete(category: $0) }
    return isComplete ? "aggregator" : "bases"
  }

  private func write(_ outcome: Outcome, to path: String) throws {
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
      runFolder: folder, title: self.rewards.rewards ?? model.model,
      facts: [
        (self.rewards.rewards == nil ? "model" : "rewards", self.rewards.rewards ?? model.model),
        ("samples", samples.joined(separator: ", ")), ("rewards from", outcome.origin),
        ("experts chosen by", outcome.category == .routed ? "the router" : "the samples' categories"),
      ],
      evaluations: [(name: "model", outcome.ranking)], router: outcome.router
    ).write(to: URL(fileURLWithPath: path))
  }
}
