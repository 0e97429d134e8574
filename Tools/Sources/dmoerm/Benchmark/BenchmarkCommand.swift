import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

struct BenchmarkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Score a model on a published benchmark by its own rules, from local files.",
    discussion: """
      Reads the official files of \(Choice<Benchmark>.listed), as JSON Lines or JSON lists; a folder stands for all its \
      files. A part of a benchmark gets scores of its parts, and none of the benchmark. Intervals are 95 %, by prompts. \
      Nothing is fetched.

      Examples:
        dmoerm benchmark rm-bench --model my.dmoerm --data total_dataset.json
        dmoerm benchmark rmb --model my.dmoerm --data RMB_dataset \\
          --rewards-out rmb-rewards.jsonl
        dmoerm benchmark judgebench --data judgebench.jsonl \\
          --rewards other-rewards.jsonl --json

      \(ExitStatus.help)
      """)

  @Argument(help: ArgumentHelp("Which benchmark: \(Choice<Benchmark>.listed).", valueName: "name"))
  var benchmark: Choice<Benchmark>
  @OptionGroup var model: ModelOptions
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "The benchmark's file, or a folder of them; - reads standard input. May be given several times.",
      valueName: "file"), transform: pathWord)
  var data: [String]
  @OptionGroup var rewards: RewardOptions
  @Option(parsing: .unconditional, help: "Write the scores as a page, too.", transform: pathWord) var html: String?
  @OptionGroup var replacing: ReplaceOption
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws { try rewards.check(beside: model) }

  func run() async throws {
    if let html { _ = try OutputPlace.file(html, "--html", replaces: replacing.replaces) }
    try rewards.check()
    if rewards.rewards == nil { try model.check() }
    let items = try BenchmarkFiles(data).items(of: benchmark.value)
    let result = try result(items)
    if json {
      Console.output.print(try JSONOutput.pretty(result))
    } else {
      show(result)
    }
    // Last: the figures are there even if the page cannot be written.
    guard let html else { return }
    try BenchmarkReport(
      title: rewards.rewards ?? model.model, facts: [("data", data.joined(separator: ", "))], result: result
    ).write(to: URL(fileURLWithPath: html))
    if !json { Console.output.print("", "page: \(html)") }
  }

  private func result(_ items: [BenchmarkItem]) throws -> BenchmarkResult {
    if let file = try rewards.file() {
      let lines = try Failure.reading(orHint: "A file of rewards is read whole: no line is left out.") {
        try file.lines(of: items)
      }
      return try BenchmarkResult(benchmark.value, items, lines: lines, temperature: file.temperature)
    }
    let model = try model.load()
    let lines: [RewardLine]
    if let output = rewards.output {
      let origin = try self.model.origin(of: model).merging([
        "benchmark": benchmark.value.rawValue, "texts": RewardFile.fingerprint(of: items),
      ]) { $1 }
      var log = try RewardLog(output, origin: origin, ids: items.map(\.id), replaces: replacing.replaces)
      try Working.show("scoring") { progress in
        try log.fill(items.count, progress: progress) { try model.rewardLines(of: Array(items[$0])) }
      }
      lines = log.lines
    } else {
      lines = try Working.show("scoring") { try model.rewardLines(of: items, progress: $0) }
    }
    return try BenchmarkResult(benchmark.value, items, lines: lines, temperature: model.temperature)
  }

  private func show(_ result: BenchmarkResult) {
    let terminal = Console.output.terminal
    var lines = result.table.lines(terminal)
    if let experts = result.expertTable { lines += [""] + experts.lines(terminal) }
    Console.output.print(lines + (result.notes.isEmpty ? [] : [""] + result.notes))
  }
}
