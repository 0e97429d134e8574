import ArgumentParser
import DMoERM
import Foundation

/// Measures, and shows the page.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "run", abstract: "Measure and show the page (default).")

  @OptionGroup var options: BackboneOptions
  @Option(help: "Run only the items whose names contain this; may be repeated.") var only: [String] = []
  @Flag(help: "Few rounds.") var quick = false
  @Option(help: "Seconds that one contender may take for all its samples of an item, beyond three.") var seconds = 12.0
  @Flag(help: "Measure plain Swift too, which takes long.") var reference = false
  @Flag(help: "Single products too.") var products = false
  @Flag(help: "Print the items and stop.") var list = false
  @Option(name: .customLong("json"), help: "Write what was measured to this file.") var jsonPath: String?
  @Flag(help: "Go on with the run that --json names: what it measured stays, and only other items are measured.")
  var resume = false
  @Option(name: .customLong("markdown"), help: "Write the page to this file, as Markdown.") var markdownPath: String?
  @Option(help: "Which commit this program was built of, for the page.") var commit: String?
  @Option(
    name: .customLong("peer"),
    help: "The command of a peer, as Benchmarks/Peers/install prints it; may be repeated.")
  var peerCommands: [String] = []
  @Option(help: "Leave a peer out of items that would take it more seconds a run, by its rate before.")
  var peerLimit = 120.0
  @Flag(
    help: "Let the peers try the training step that they are likely to be killed for; they may use most of the memory.")
  var memoryHog = false

  func run() throws {
    let engines = Engines(
      threads: options.threadCount, backbone: options.url, files: options.files, includesReference: reference)
    if list { return print(wanted(try benchmarks(engines, [])).map(\.item).joined(separator: "\n")) }
    if isDebugBuild { say("warning: this is a debug build, its times mean nothing; build with -c release") }
    let earlier = try earlierRun()
    let peers = try peerCommands.map { command in
      // A shell takes the command apart, so that paths may have spaces.
      let words = [
        "/bin/sh", "-c", "exec \(command) \"$@\"", "peer", "--threads", "\(options.threadCount)", "--backbone",
        try engines.location().path,
      ]
      say("waiting for \(command)")
      return try Peer(words + (memoryHog ? ["--memory-hog"] : []))
    }
    defer { for peer in peers { peer.close() } }
    let named = wanted(try benchmarks(engines, peers))
    guard !named.isEmpty else { throw ValidationError("no item is named like that; --list names all") }
    let benchmarks = named.filter { benchmark in earlier?.results.contains { $0.item == benchmark.item } != true }

    var report = Report(
      date: Date.now.formatted(.iso8601), machine: .current, threads: options.threadCount, versions: Versions.own,
      results: earlier?.results ?? [])
    report.versions["commit"] = commit
    report.versions["options"] = [earlier?.versions["options"], shape].compactMap(\.self).joined(separator: "; then ")
    for peer in peers { report.versions.merge(peer.greeting.versions) { own, _ in own } }
    if let load = report.machine.load, load > 0.5 {
      // Software whose threads wait for each other after every product suffers far more than ours.
      say("warning: other programs are running (load average \(load.fixed(2))): measure again on an idle machine")
    }
    for (place, benchmark) in benchmarks.enumerated() {
      say("[\(place + 1)/\(benchmarks.count)] \(benchmark.item)")
      let measurements = try measure(benchmark, peers)
      for measurement in measurements { for peer in peers { peer.learn(measurement) } }
      report.results += measurements
      report.backbone = engines.backboneName
      // After every item, so that a run that is broken off leaves what it has.
      try jsonPath.map { try report.write(to: URL(fileURLWithPath: $0)) }
    }
    try markdownPath.map { try Data(report.markdown.utf8).write(to: URL(fileURLWithPath: $0), options: .atomic) }
    print(report.text)
  }

  /// The run to go on with; nil where there is none yet, or none is wanted.
  private func earlierRun() throws -> Report? {
    guard resume else { return nil }
    guard let jsonPath else { throw ValidationError("--resume needs --json, the file of the run to go on with") }
    guard FileManager.default.fileExists(atPath: jsonPath) else { return nil }
    let earlier = try Report.read(URL(fileURLWithPath: jsonPath))
    guard earlier.machine.fileName == Machine.current.fileName, earlier.threads == options.threadCount,
      earlier.versions["commit"] == commit
    else { throw BenchmarkError("\(jsonPath) was measured on another machine, other threads or another commit") }
    return earlier
  }

  /// How much was measured, as options say it.
  private var shape: String {
    (only.map { "--only \($0)" } + (quick ? ["--quick"] : []) + ["--seconds \(seconds)"]).joined(separator: " ")
  }

  private func wanted(_ benchmarks: [Benchmark]) -> [Benchmark] {
    benchmarks.filter { benchmark in only.isEmpty || only.contains { benchmark.item.contains($0) } }
  }

  private func benchmarks(_ engines: Engines, _ peers: [Peer]) throws -> [Benchmark] {
    let path = Bundle.main.executablePath ?? ProcessInfo.processInfo.arguments[0]
    let jobs = JobBenchmarks(
      engines: engines, peers: peers, own: ChildJob(command: [path]), letsPeersDie: memoryHog,
      limit: peerLimit)
    return (products ? ProductBenchmarks.products(engines) : []) + Suite.timed(engines) + jobs.all()
  }

  private func measure(_ benchmark: Benchmark, _ peers: [Peer]) throws -> [Measurement] {
    let contenders = try benchmark.contenders() + peers.flatMap { try $0.contenders(benchmark.item, within: peerLimit) }
    let timer = quick ? InterleavedTimer.quick : .thorough(budget: seconds)
    let samples = try timer.measure(contenders)
    let operations = try benchmark.operations()
    for peer in peers { try peer.release() }
    return zip(contenders, samples).filter { !$1.isEmpty }.map { contender, samples in
      Measurement(
        item: contender.variant?.item ?? benchmark.item, engine: contender.engine, unit: benchmark.unit,
        work: contender.variant?.work ?? benchmark.work, operations: contender.variant == nil ? operations : nil,
        measured: Spread(samples))
    }
  }
}
