import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Train a small model on preferences that come with the command, and show what it learned.",
    discussion: """
      Takes a few minutes on two cores. A quarter of the prompts is held out; all phases train on the rest. The \
      bundle, the run, a report and the prompts of both parts (for `dmoerm rl`) stay in the folder; a second demo there \
      goes on where the first stopped, or measures again.

      \(ExitStatus.help)
      """)

  @Option(parsing: .unconditional, help: "Where everything is kept.", transform: pathWord) var folder = "dmoerm-demo"
  @Flag(help: "Start over instead of going on.") var fresh = false
  @Flag(help: "Write events and results as JSON lines to standard output.") var json = false
  @OptionGroup var backbone: BackboneOptions

  func run() async throws {
    let root = try OutputPlace.folder(folder, "--folder", what: "folder of a demo", replaces: true) { folder in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return Set(names.filter { !$0.hasPrefix(".") }).isSubset(of: Self.files)
    }
    let location = try BackboneLocation.find(backbone.path)
    let runFolder = root.appendingPathComponent("run", isDirectory: true)
    let bundle = root.appendingPathComponent("demo.dmoerm", isDirectory: true)
    let report = root.appendingPathComponent("report.html")
    let configuration = DemoConfiguration.model
    let data = try DemoSet(
      taxonomy: configuration.taxonomy, heldOutFraction: DemoConfiguration.heldOutFraction, seed: DemoConfiguration.seed
    )
    let heldOut = DemoSet.overall(data.heldOut)
    var model = try RewardModel(
      configuration: configuration, backbone: try backbone.load(), seed: DemoConfiguration.seed,
      options: backbone.compute)
    say(introduction(data, configuration.taxonomy, location))
    try prepare(root, runFolder)
    try DemoSet.writePrompts(data.training, to: root.appendingPathComponent(Self.trainingPrompts))
    try DemoSet.writePrompts(data.heldOut, to: root.appendingPathComponent(Self.heldOutPrompts))

    model.scoresUntrained = true
    note("measuring the untrained model on \(Numbers.count(heldOut.count, "held-out prompt"))")
    let untrained = try Working.show("measuring the untrained model") {
      try model.evaluate(samples: heldOut, category: .labeled, progress: $0)
    }
    do {
      try TrainingSession(configuration: DemoConfiguration.training, runFolder: runFolder, json: json)
        .run(&model, samples: data.training)
    } catch TrainError.foreignRun(let path, _) {
      throw Failure(
        "\(path) holds another demo's run", hint: "--fresh starts over; --folder DIR keeps both.", status: .usage)
    }
    model.provenance = [
      "tool": "dmoerm \(DMoERMCommand.version) demo", "samples": "\(data.training.count) of the demo set",
    ]
    try model.write(to: bundle)

    note("measuring the trained model on all that is held out")
    let trained = try Working.show("measuring the trained model") {
      try model.evaluate(samples: data.heldOut, category: .routed, progress: $0)
    }
    let router = try EvalCommand.router(of: model, samples: heldOut, prompts: [])
    let example = try DemoExample(heldOut, model)
    try TrainingReport(
      runFolder: runFolder, title: "DMoERM demo",
      facts: [("backbone", model.backbone.name), ("held out", "\(heldOut.count) prompts")],
      evaluations: [(name: "trained", trained), (name: "untrained", untrained)], router: router
    ).write(to: report)
    let next = next(example, bundle: bundle, backbone: location)
    let result = DemoResult(
      untrained: untrained, trained: trained, router: router, bundle: bundle.relativePath, report: report.relativePath,
      next: ShellWord.command(next.flatMap { $0 }))
    if json { return Console.output.print(try JSONOutput.line(result)) }
    show(result, example, next, configuration.taxonomy)
  }

  /// What a demo leaves in its folder; where something else is, too, it stays out.
  private static let files: Set<String> = ["run", "demo.dmoerm", "report.html", trainingPrompts, heldOutPrompts]
  private static let trainingPrompts = "training-prompts.jsonl"
  private static let heldOutPrompts = "held-out-prompts.jsonl"

  private func say(_ lines: [String]) {
    if !json { Console.output.print(lines) }
  }

  /// Says what goes on to who sees no live line; on a terminal that says it all.
  private func note(_ line: String) {
    if !json, !Console.error.terminal.isInteractive { Console.error.print(line) }
  }

  private func introduction(_ data: DemoSet, _ taxonomy: Taxonomy, _ location: URL) -> [String] {
    let training = DemoSet.overall(data.training).count
    let heldOut = DemoSet.overall(data.heldOut).count
    let text = """
      \(taxonomy.categories.count) task categories with \(taxonomy.pointCount) capability experts over one frozen \
      backbone, \(location.lastPathComponent). \(training) prompts train, \(heldOut) are held out.
      """
    return text.wrapped(to: min(Console.output.terminal.width, 100)) + [""]
  }

  /// Makes the folder, and empties it of an earlier demo if asked.
  private func prepare(_ root: URL, _ runFolder: URL) throws {
    let files = FileManager.default
    if fresh, files.fileExists(atPath: runFolder.path) { try files.removeItem(at: runFolder) }
    try files.createDirectory(at: root, withIntermediateDirectories: true)
  }

  private func show(_ result: DemoResult, _ example: DemoExample?, _ next: [[String]], _ taxonomy: Taxonomy) {
    let terminal = Console.output.terminal
    let width = min(terminal.width, 100)
    func title(_ text: String) -> [String] { ["", terminal.styled(text, .bold), ""] }
    var lines = title("How often the better of two held-out responses gets the greater reward")
    lines += result.lines(terminal)
    lines += """
      The demo set is small and written by one author, so that wording alone gives much away: this shows that training \
      works, not that the model is good.
      """.wrapped(to: width)
    if let example {
      let better = example.sample.pairs.first.map { "response \($0.chosen + 1)" } ?? "neither"
      lines += title("A held-out prompt of middling difference; \(better) is the better one")
      lines += example.lines(terminal, taxonomy: taxonomy)
    }
    lines += [""] + FactList([("bundle", result.bundle), ("report", result.report)]).lines(terminal)
    lines += ["", "Next, score responses of your own; this scores those above:", ""]
    lines += ShellWord.lines(next).map { "  " + $0 }
    Console.output.print(lines)
  }

  /// A command that can be copied as it is, in parts that make a line each.
  private func next(_ example: DemoExample?, bundle: URL, backbone location: URL) -> [[String]] {
    var environment = ProcessInfo.processInfo.environment
    // `make run` sets it for its own process only.
    environment["DMOERM_BACKBONE"] = nil
    let found = try? BackboneLocation.find(nil, environment: environment)
    let isFound = found?.standardizedFileURL.path == location.standardizedFileURL.path
    let model = [Invocation.program, "score", "--model", bundle.relativePath]
    let own = [
      ["--prompt", "Why is the sky blue?"], ["--response", "Air scatters blue light."], ["--response", "No."],
    ]
    return [model] + (isFound ? [] : [["--backbone", location.path]]) + (example?.scoreOptions ?? own) + [
      ["--breakdown"]
    ]
  }
}
