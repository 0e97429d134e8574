import ArgumentParser
import DMoERM

struct RewardBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rewardbench", abstract: "Score a model on RewardBench 1 or 2, by their own rules, from a local file.",
    discussion: """
      Reads JSON Lines with prompt, chosen, rejected and subset, as the published sets have them (allenai/reward-bench, \
      allenai/reward-bench-2). Nothing is fetched.

      Examples:
        dmoerm rewardbench --model my.dmoerm --items filtered.jsonl
        dmoerm rewardbench --model my.dmoerm --items test.jsonl --benchmark 2 --json

      \(ExitStatus.help)
      """)

  @OptionGroup var model: ModelOptions
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The benchmark's rows; - reads standard input.", valueName: "file"),
    transform: pathWord) var items: String
  @Option(parsing: .unconditional, help: "Which RewardBench: 1 or 2.") var benchmark = 1
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    if RewardBenchResult.Version(rawValue: benchmark) == nil {
      throw ValidationError("--benchmark is 1 or 2, not \(benchmark)")
    }
  }

  func run() async throws {
    guard let version = RewardBenchResult.Version(rawValue: benchmark) else { return }
    try model.check()
    let items = try Failure.reading(orHint: "A benchmark is scored whole: no line is left out.") {
      try RewardBenchItem.readAll(try DataFile(self.items).lines())
    }
    guard !items.isEmpty else { throw Failure("\(self.items) has no item", status: .badInput) }
    let model = try model.load()
    let result = try Working.show("scoring") { try model.evaluateRewardBench(items, version: version, progress: $0) }
    if json { return Console.output.print(try JSONOutput.pretty(result)) }
    Console.output.print(Self.lines(result, Console.output.terminal))
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
    table.footer = ["RewardBench \(result.version.rawValue)", "\(items)", percent(result.overall), ""]
    let left = result.overLengthItems
    let (missing, unknown) = (result.missingSubsets, result.unknownSubsets)
    var notes: [String] = []
    if !missing.isEmpty { notes.append("not the whole benchmark: without \(missing.joined(separator: ", "))") }
    if !unknown.isEmpty {
      notes.append("not of RewardBench \(result.version.rawValue): \(unknown.joined(separator: ", "))")
    }
    return table.lines(terminal) + notes
      + (left > 0 ? ["\(Numbers.count(left, "item")) longer than the model reads left out"] : [])
  }
}
