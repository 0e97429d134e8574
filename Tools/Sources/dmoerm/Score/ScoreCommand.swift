import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

struct ScoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Score responses to a prompt.",
    discussion: """
      With --prompt and --response the result is text; with --input it is JSON Lines, one line for each line of input, \
      in its order, as soon as it is there. Rewards compare responses to one prompt.

      Input rows: {"prompt" (a string) or "messages", "system", "response" or "responses" (a list), "id", "category"}.
      Output rows: {"id", "category", "reward" or "rewards", "isTruncated", "breakdowns" (with --breakdown)}. With \
      --as-preferences: what the model likes better, as `dmoerm train` reads it.

      Examples:
        dmoerm score --model my.dmoerm --prompt "Tell me a joke." \\
          --response "No." --response "Sure: ..."
        dmoerm score --model my.dmoerm --prompt "Tell me a joke." \\
          --response "No." --breakdown
        zcat rows.jsonl.gz | dmoerm score --model my.dmoerm --input - > out.jsonl
        dmoerm generate --input prompts.jsonl --samples 4 --rows | \\
          dmoerm score --input - --as-preferences > preferences.jsonl

      \(ExitStatus.help)
      """)

  @OptionGroup var model: ModelOptions
  @Option(parsing: .unconditional, help: "What is answered.") var prompt: String?
  @Option(parsing: .unconditional, help: "A system turn before the prompt.") var system: String?
  @Option(parsing: .unconditionalSingleValue, help: "A response; may be given several times.")
  var response: [String] = []
  @Option(
    parsing: .unconditional, help: "A JSON Lines file of rows to score; - reads standard input.", transform: pathWord)
  var input: String?
  @Option(parsing: .unconditional, help: "The task category, instead of the router's choice.") var category: String?
  @Flag(help: "Show routing and what every capability expert says.") var breakdown = false
  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "With --input, write a line with \"error\" for a line that cannot be scored, and go on.")
  var skipInvalid = false
  @Flag(
    help: ArgumentHelp(
      "With --input, write preferences for `dmoerm train` instead of rewards.",
      discussion: """
        A line with the order of its responses for each line of input, and one for each capability point of its category. Lines \
        that cannot be scored are left out and counted with --skip-invalid.
        """))
  var asPreferences = false

  func validate() throws {
    if asPreferences, breakdown {
      throw ValidationError("--as-preferences writes no rewards whose reasons --breakdown could show; leave one out")
    }
    if input != nil {
      guard prompt == nil, system == nil, response.isEmpty else {
        throw ValidationError("--input cannot be given together with --prompt, --system and --response")
      }
    } else {
      if let prompt, prompt.allSatisfy(\.isWhitespace) { throw ValidationError("--prompt is empty") }
      if let index = response.firstIndex(where: { $0.allSatisfy(\.isWhitespace) }) {
        let place = response.count > 1 ? "--response \(index + 1) of \(response.count)" : "--response"
        throw ValidationError("\(place) is empty")
      }
      guard !asPreferences else {
        throw ValidationError("--as-preferences goes with --input, whose rows become preferences")
      }
      guard !skipInvalid else { throw ValidationError("--skip-invalid goes with --input, whose lines it is about") }
    }
  }

  /// Not part of `validate`, which comes before options that do not exist are told of: a misspelt one is missing, too.
  func checkRequired() throws {
    guard input == nil else { return }
    if prompt == nil { throw ValidationError("--prompt TEXT is missing, or --input FILE with rows to score") }
    if response.isEmpty { throw ValidationError("--response TEXT is missing: the response to score") }
  }

  func run() async throws {
    try checkRequired()
    // What is wrong with the input is said before a model is loaded.
    if let input { return try score(input, over: nil) }
    let conversation = try Conversation(prompt: prompt ?? "", system: system)
    let model = try model.load()
    let breakdowns = try breakdowns(conversation, model)
    if json {
      let line = ScoreLine(id: nil, breakdowns: breakdowns, isList: response.count > 1, withReasons: breakdown)
      return Console.output.print(try line.json())
    }
    show(breakdowns, model)
  }

  private func breakdowns(_ conversation: Conversation, _ model: RewardModel) throws -> [RewardBreakdown] {
    let category = try identifier(in: model)
    do {
      return try model.breakdowns(of: response, to: conversation, category: category)
    } catch let error as ModelError {
      guard case .overLength = error else { throw error }
      throw Failure(
        "\(error)", hint: "`dmoerm inspect bundle \(ShellWord.quoted(self.model.model))` shows the model's limit.",
        status: .badInput)
    }
  }

  /// Scores a file, alone or as one of several ranks, of which the first writes what all have scored.
  func score(_ input: String, over ranks: (any Communicator)?) throws {
    let data = DataFile(input)
    // What is wrong with the input is said before a model is loaded.
    let lines = try data.lines()
    let file = lines.file
    let stream = try RankAgreement.outcome(over: ranks) {
      let model = try model.load()
      return ScoreStream(
        model: model, category: try identifier(in: model),
        answer: asPreferences
          ? .preferences(annotator: URL(fileURLWithPath: self.model.model).lastPathComponent)
          : .rewards(withReasons: breakdown),
        skipsInvalid: skipInvalid, shares: ScoreShares(over: ranks))
    }
    let counts = try stream.run(lines) { Console.output.print($0) }
    if !counts.keysNotRead.isEmpty {
      Console.error.print(ReadingReport.note(keysNotRead: counts.keysNotRead, file))
    }
    if counts.invalid > 0 {
      Console.error.print("\(Numbers.count(counts.invalid, "invalid line")) of \(counts.scored + counts.invalid)")
    }
  }

  /// The category of --category.
  private func identifier(in model: RewardModel) throws -> String? {
    try category.map { name in
      guard let match = model.configuration.taxonomy.category(named: name) else {
        let known = model.configuration.taxonomy.categories.map(\.id).joined(separator: ", ")
        throw ValidationError("--category: the model has no category \(name); it has \(known)")
      }
      return match.id
    }
  }

  private func show(_ breakdowns: [RewardBreakdown], _ model: RewardModel) {
    let terminal = Console.output.terminal
    let view = BreakdownView(
      responses: response, breakdowns: breakdowns, taxonomy: model.configuration.taxonomy,
      combination: model.configuration.combination)
    guard let first = breakdowns.first else { return }
    var lines: [String] = []
    if breakdowns.count == 1 {
      lines.append("reward    " + terminal.styled(Numbers.reward(first.reward), .bold))
    }
    let chosen = category == nil && model.configuration.taxonomy.categories.count > 1
    let index = model.configuration.taxonomy.index(of: first.category)
    let fellBack = !first.isMixture && index.map { first.routing[$0] < (first.routing.max() ?? 0) } ?? false
    let share =
      fellBack
      ? ", since the router is sure of none"
      : index.map { ", the router is \(Numbers.percent(Double(first.routing[$0]))) sure" } ?? ""
    lines.append("category  " + first.category + (chosen ? share : ""))
    lines.append("tokens    " + breakdowns.map { "\($0.tokenCount)" }.joined(separator: ", "))
    if breakdowns.contains(where: \.isTruncated) { lines.append("          the oldest turns were left out") }
    if breakdowns.count > 1 { lines += [""] + view.rankingLines(terminal) }
    if breakdown {
      if category == nil, !view.routingLines(terminal).isEmpty { lines += [""] + view.routingLines(terminal) }
      lines += [""]
      let capabilities = view.capabilityLines(terminal)
      if !model.isComplete(category: first.category) {
        lines.append("The category's base alone gives the reward: it has no trained aggregator.")
        if !capabilities.isEmpty { lines += ["What its experts say beside it:", ""] }
      }
      lines += capabilities
    }
    Console.output.print(lines)
  }
}
