import ArgumentParser
@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM
import Foundation

struct LabelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "label", abstract: "Have language models say which response is better at each capability point.",
    discussion: """
      Every two responses of a sample are compared at every capability point of its category, twice, with the responses \
      exchanged; what agrees becomes a label. All replies are kept in a journal beside the labels: the same command \
      goes on where it stopped and never pays twice, and --dry-run says what it will cost.

      Rows of samples need no ranks. Where they have some, the report says how often the judges agree with them.

      --perturb asks nobody: it damages good responses by rules, and labels each pair at the points of the rule.

      Examples:
        dmoerm label --samples pairs.jsonl --out labels.jsonl \\
          --base-url URL --model NAME --dry-run
        dmoerm label --samples pairs.jsonl --out labels.jsonl \\
          --base-url URL --model NAME --budget 5usd
        dmoerm label --samples pairs.jsonl --out labels.jsonl \\
          --base-url URL --model A --model B --model C
        dmoerm label --samples pairs.jsonl --out labels.jsonl \\
          --base-url URL --model NAME --export-batch batch.jsonl
        dmoerm label --perturb preferences.jsonl --out labels.jsonl --seed 7 \\
          --show 5
        dmoerm label --list-rules
        dmoerm train --labels labels.jsonl --output my.dmoerm

      \(ExitStatus.help)
      """)

  @Option(
    parsing: .unconditionalSingleValue,
    help: "A JSON Lines file of responses; - reads standard input. May be given several times.", transform: pathWord)
  var samples: [String] = []
  @Option(
    name: [.customShort("o"), .customLong("out"), .customLong("output")], parsing: .unconditional,
    help: ArgumentHelp("The file of labels to write; what training reads.", valueName: "file"), transform: pathWord)
  var output: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The journal of replies; beside the labels if not given.", valueName: "file"),
    transform: pathWord)
  var journal: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Write the report as a page, too.", valueName: "file"),
    transform: pathWord) var html: String?
  @Flag(
    help: "Say how many requests, tokens and how much money it takes, and send nothing; with --perturb, write nothing.")
  var dryRun = false
  @Flag(help: "Leave the samples' own overall preferences out of the file of labels.") var labelsOnly = false
  @Option(help: "What becomes of ties and inconsistent verdicts: drop, or soft labels of 0.5.")
  var undecided = Choice(UndecidedPolicy.drop)
  @Option(
    help: ArgumentHelp(
      "Where probabilities of labels come from: none, verdict (log-probabilities, votes) or consistency.",
      valueName: "source"))
  var soft = Choice(SoftLabels.none)
  @Option(help: "How several models decide: majority or unanimous.") var votes = Choice(VotePolicy.majority)
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Write the requests for a batch service instead of sending them.", valueName: "file"),
    transform: pathWord)
  var exportBatch: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Enter the results of a batch, and send nothing. May be given several times.", valueName: "file"),
    transform: pathWord)
  var importBatch: [String] = []
  @Flag(help: "Give up on batches whose results are not there: their requests may be sent again.")
  var releaseBatch = false
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var replacing: ReplaceOption
  @OptionGroup(title: "Judges") var judge: JudgeArguments
  @OptionGroup(title: "Labels by damage") var perturbation: PerturbationArguments
  @OptionGroup(title: "Points") var points: PointArguments
  @OptionGroup(title: "Spending") var spending: SpendingArguments
  @OptionGroup(title: "Data") var data: DataOptions

  func validate() throws {
    try perturbation.check(besides: given)
    guard !perturbation.isAsked else { return try validatePerturbation() }
    guard !samples.isEmpty else {
      throw ValidationError("--samples FILE is missing: the responses to compare; --perturb takes some without a judge")
    }
    guard output != nil else { throw ValidationError("--out FILE is missing: the file of labels to write") }
    if soft.value == .verdict, !judge.logprobs, judge.judges == nil, judge.model.count < 2 {
      throw ValidationError("--soft verdict needs --logprobs, or several models that vote")
    }
    if exportBatch != nil, judge.judges != nil || judge.model.count > 1 {
      throw ValidationError("--export-batch takes one model: batches of several are uploaded apart")
    }
  }

  private func validatePerturbation() throws {
    guard samples.isEmpty else { throw ValidationError("--perturb stands in the place of --samples") }
    guard output != nil || perturbation.listRules || dryRun else {
      throw ValidationError("--out FILE is missing: the file of labels to write; --dry-run writes none")
    }
  }

  /// The options for judges that are not as they are without being typed.
  private var given: [String] {
    let options: [(name: String, isGiven: Bool)] = [
      ("--journal", journal != nil), ("--html", html != nil), ("--undecided", undecided.value != .drop),
      ("--soft", soft.value != .none), ("--votes", votes.value != .majority), ("--export-batch", exportBatch != nil),
      ("--import-batch", !importBatch.isEmpty), ("--release-batch", releaseBatch), ("--overall", points.overall),
      ("--pairs", points.pairs != nil),
    ]
    return options.filter(\.isGiven).map(\.name) + judge.given + spending.given
  }

  func run() async throws {
    if perturbation.isAsked { return try await PerturbationSession(self).run() }
    let output = try writableFiles()
    // What is wrong with the options themselves is told before anything that is wrong with the samples.
    let taxonomy = try points.table()
    try points.check(taxonomy)
    let setup = try LabelSetup(self)
    let files = try [DataFile].checked(samples)
    for file in files + importBatch.map(DataFile.init) where !file.isStandardInput { _ = try file.lines() }
    if !setup.notes.isEmpty { Console.error.print(setup.notes) }
    var options = data.options(taxonomy: taxonomy)
    options.keepsUnrankedRows = true
    let (samples, notes) = try files.samples(options)
    if !notes.isEmpty { Console.error.print(notes) }
    let plan = try plan(samples, taxonomy)
    let session = try LabelSession(self, setup, plan: plan, samples: samples, output: output)
    if dryRun { return try session.showEstimate() }
    if exportBatch != nil || !importBatch.isEmpty || releaseBatch { try session.handleBatches() }
    if exportBatch == nil { try await session.label(asks: importBatch.isEmpty) }
  }

  /// Every place that is written is looked at before anything is paid for.
  private func writableFiles() throws -> URL {
    let path = self.output ?? ""
    let journal = LabelSession.journal(journal, beside: URL(fileURLWithPath: path))
    try LabelFiles.checkApart(
      inputs: samples.map { ("--samples", $0) } + importBatch.map { ("--import-batch", $0) } + [
        ("--judges", judge.judges), ("--template", judge.template), ("--prices", spending.prices),
        ("--taxonomy", points.taxonomy == "paper" ? nil : points.taxonomy),
      ],
      outputs: [
        ("--out", path), ("--journal", journal.path), ("--html", html),
        ("--export-batch", exportBatch),
      ])
    // What goes on from a journal writes its own files again; a dry run writes none.
    let replaces = replacing.replaces || dryRun || FileManager.default.fileExists(atPath: journal.path)
    let output = try OutputPlace.file(path, "--out", replaces: replaces)
    if let html { _ = try OutputPlace.file(html, "--html", replaces: replaces) }
    _ = try OutputPlace.file(journal.path, "--journal", replaces: true)
    if let exportBatch { _ = try OutputPlace.file(exportBatch, "--export-batch", replaces: replaces) }
    return output
  }

  private func plan(_ samples: [RankedResponses], _ taxonomy: Taxonomy) throws -> ComparisonPlan {
    var plan = try points.plan(samples, taxonomy)
    if let pairs = points.pairs { plan = plan.keeping(pairs: pairs) }
    if plan.uncategorizedCount > 0, !points.overall {
      Console.error.print(
        "\(Numbers.count(plan.uncategorizedCount, "pair")) without a category left out; --overall compares them as a whole"
      )
    }
    let ranked = samples.count { $0.capability == nil && $0.weight > 0 }
    if points.overall, !labelsOnly, ranked > 0 {
      Console.error.print(
        "\(Numbers.count(ranked, "sample")) ranked already: --overall measures how often the judges agree and writes no "
          + "label of theirs as a whole; --labels-only writes the judges' labels instead of the ranks")
    }
    guard !plan.comparisons.isEmpty else {
      throw Failure(
        "there is nothing to compare: \(Numbers.count(plan.pairCount, "pair")), none with a point that is asked for",
        hint: "Rows need a category of --taxonomy; --overall asks for the overall quality of any pair.",
        status: .badInput)
    }
    return plan
  }
}
