import ArgumentParser
@_spi(Command) import DMoERM

struct RewardBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rewardbench", abstract: "Score a model on RewardBench 1 or 2, by their own rules, from a local file.",
    discussion: """
      Reads JSON Lines with prompt, chosen, rejected and subset, as the published sets have them (allenai/reward-bench, \
      allenai/reward-bench-2); which of the two they are of is found by their subsets. A part of a benchmark gets scores \
      of its subsets, and none of the benchmark. Nothing is fetched.

      Examples:
        dmoerm rewardbench --model my.dmoerm --items filtered.jsonl
        dmoerm rewardbench --model my.dmoerm --items test.jsonl --json

      \(ExitStatus.help)
      """)

  @OptionGroup var model: ModelOptions
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The benchmark's rows; - reads standard input.", valueName: "file"),
    transform: pathWord) var items: String
  @Option(parsing: .unconditional, help: "Which RewardBench: 1 or 2; found by the rows' subsets if not given.")
  var benchmark: Int?
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    if let benchmark, RewardBenchResult.Version(rawValue: benchmark) == nil {
      throw ValidationError("--benchmark is 1 or 2, not \(benchmark)")
    }
  }

  func run() async throws {
    try model.check()
    let file = DataFile(self.items)
    let (items, keysNotRead) = try Failure.reading(orHint: "A benchmark is scored whole: no line is left out.") {
      try RewardBenchItem.read(try file.lines())
    }
    guard !items.isEmpty else { throw Failure("\(file.name) has no item", status: .badInput) }
    let version = try version(of: items, file)
    let model = try model.load()
    if !keysNotRead.isEmpty { Console.error.print(ReadingReport.note(keysNotRead: keysNotRead, file.name)) }
    let result = try Working.show("scoring") { try model.evaluateRewardBench(items, version: version, progress: $0) }
    if json { return Console.output.print(try JSONOutput.pretty(result)) }
    Console.output.print(Self.lines(result, Console.output.terminal))
  }

  private func version(of items: [RewardBenchItem], _ file: DataFile) throws -> RewardBenchResult.Version {
    let found = RewardBenchResult.Version(of: items)
    guard let named = benchmark.flatMap(RewardBenchResult.Version.init) else {
      guard let found else {
        throw Failure("\(file.name) has subsets of RewardBench 1 and of RewardBench 2", status: .badInput)
      }
      return found
    }
    guard found == named else {
      throw Failure(
        "--benchmark \(named.rawValue), but \(file.name) "
          + (found.map { "has items of RewardBench \($0.rawValue)" } ?? "has subsets of both"),
        hint: "Without --benchmark it is found by the rows' subsets.", status: .usage)
    }
    return named
  }

  static func lines(_ result: RewardBenchResult, _ terminal: Terminal) -> [String] {
    func percent(_ value: Double) -> String { Numbers.fixed(value * 100, 1) }
    func row(_ score: RewardBenchResult.Score) -> [String] {
      [score.name, "\(score.items)", percent(score.value), "\(percent(score.lower)) – \(percent(score.upper))"]
    }
    var table = TextTable([("subset", .left), ("items", .right), ("score", .right), ("95 %", .right)])
    table.rows = result.subsets.map(row)
    if result.version == .one {
      table.rows += result.sections.isEmpty ? [] : [["", "", "", ""]]
      table.rows += result.sections.map(row)
    }
    let items = result.subsets.reduce(0) { $0 + $1.items }
    table.footer = ["RewardBench \(result.version.rawValue)", "\(items)", result.overall.map(percent) ?? "", ""]
    return table.lines(terminal) + notes(on: result)
  }

  /// Why there is no score of the whole, if there is none.
  private static func notes(on result: RewardBenchResult) -> [String] {
    var notes: [String] = []
    func note(_ text: String, _ subsets: [String]) {
      if !subsets.isEmpty { notes.append(text + subsets.map(\.onOneLine).joined(separator: ", ")) }
    }
    note("not the whole benchmark: without ", result.missingSubsets)
    note("not as many items as published: ", result.incompleteSubsets)
    note("not of RewardBench \(result.version.rawValue): ", result.unknownSubsets)
    if result.overLengthItems > 0 {
      notes.append("\(Numbers.count(result.overLengthItems, "item")) longer than the model reads left out")
    }
    return notes
  }
}
