import ArgumentParser
import DMoERM
import Foundation

@main
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dmoerm-bench",
    abstract: "Time OpenBLAS beside the fallback, the bare product and, from a file, other software.",
    discussion: """
      Every item is run in turns by all engines of this process; a table shows the medians. A ratio is how many times as
      fast openBLAS is. The roof is the bare product of the same shapes: cblas_sgemm on OpenBLAS's own threads, or for a
      forward pass the better of that and our split.
      """)

  @Option(
    name: .customLong("backbone"), help: "A GGUF file or a Hugging Face folder; default: what fetch-backbone fetched.")
  var backbonePath: String?
  @Option(help: "How many threads to use; every core if not given.") var threads: Int?
  @Option(help: "Run only the items whose names contain this; may be repeated.") var only: [String] = []
  @Flag(help: "Few rounds, and no fallback where one run of it takes a minute.") var quick = false
  @Flag(help: "Print the items and stop.") var list = false
  @Option(name: .customLong("json"), help: "Write what was measured to this file.") var jsonPath: String?
  @Option(name: .customLong("peers"), help: "A file that Benchmarks/Peers wrote, to show beside; may be repeated.")
  var peerPaths: [String] = []

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
  }

  func run() throws {
    let peers = try peerPaths.map { try Report.read(URL(fileURLWithPath: $0)) }
    let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    let engines = Engines(threads: threads, backbone: backboneURL)
    let benchmarks = Self.benchmarks(engines).filter { benchmark in
      only.isEmpty || only.contains { benchmark.item.contains($0) }
    }
    guard !benchmarks.isEmpty else { throw ValidationError("no item is named like that; --list names all") }
    if list { return print(benchmarks.map(\.item).joined(separator: "\n")) }
    if isDebugBuild { say("warning: this is a debug build, its times mean nothing; build with -c release") }

    var report = Report(
      date: Date.now.formatted(.iso8601), machine: .current, threads: threads, versions: Self.versions, results: [])
    warnIfBusy(report, "other programs are running")
    print(report.head + "\n")
    for (place, benchmark) in benchmarks.enumerated() {
      say("[\(place + 1)/\(benchmarks.count)] \(benchmark.item)")
      report.results += try measure(benchmark)
    }
    report.backbone = engines.backboneName
    try jsonPath.map { try report.write(to: URL(fileURLWithPath: $0)) }
    show(report, peers)
  }

  private static func benchmarks(_ engines: Engines) -> [Benchmark] {
    ProductBenchmarks.products(engines) + ProductBenchmarks.chains(engines) + ForwardBenchmarks.all(engines)
      + ScoringBenchmarks.score(engines) + ScoringBenchmarks.bestOf16(engines)
      + [TrainingStepBenchmark.benchmark(engines)]
  }

  private func measure(_ benchmark: Benchmark) throws -> [Measurement] {
    let contenders = try benchmark.contenders().filter { contender in
      !(quick && benchmark.isLong && contender.engine == EngineName.reference)
    }
    let timer = quick ? InterleavedTimer.quick : .thorough
    return zip(contenders, try timer.measure(contenders)).map { contender, samples in
      Measurement(
        item: benchmark.item, engine: contender.engine, unit: benchmark.unit, work: benchmark.work,
        seconds: Spread(samples))
    }
  }

  private func show(_ report: Report, _ peers: [Report]) {
    print(report.table)
    for peer in peers {
      if peer.machine.cpu != report.machine.cpu || peer.threads != report.threads {
        say("warning: timed on another machine or number of threads: \(peer.machine.cpu), \(peer.threads)")
      }
      warnIfBusy(peer, "other programs ran while the peers were timed")
      print("\nBeside, as measured \(peer.date):\n\(peer.head)\n")
    }
    if !peers.isEmpty { print(report.table(beside: peers)) }
    if let goals = Goal.text(report, peers) { print("\n" + goals) }
  }

  /// What was asked for, or where `Scripts/fetch-backbone` puts it.
  private var backboneURL: URL? {
    let environment = ProcessInfo.processInfo.environment
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let path = backbonePath ?? value("DMOERM_BACKBONE") { return URL(fileURLWithPath: path) }
    let home = FileManager.default.homeDirectoryForCurrentUser.path
    let cache = value("DMOERM_CACHE") ?? (value("XDG_CACHE_HOME") ?? home + "/.cache") + "/dmoerm"
    let url = URL(fileURLWithPath: cache).appendingPathComponent("SmolLM2-135M-Instruct.Q4_1.gguf")
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }

  private static var versions: [String: String] {
    let compute = ComputeInformation.current
    var result = ["Swift": compilerVersion]
    if let configuration = compute.openBLASConfiguration {
      result["OpenBLAS"] = configuration.trimmingCharacters(in: .whitespaces)
      result["OpenBLAS core"] =
        "\(compute.openBLASCore ?? "?") (chosen by OpenBLAS: \(compute.openBLASDetectedCore ?? "?"))"
    }
    // They decide more than anything else, and are easily forgotten in a shell.
    for name in ["OPENBLAS_CORETYPE", "DMOERM_OPENBLAS_CORETYPE"] {
      if let value = ProcessInfo.processInfo.environment[name] { result["environment " + name] = value }
    }
    return result
  }

  /// Software whose threads wait for each other after every product suffers far more than ours.
  private func warnIfBusy(_ report: Report, _ what: String) {
    guard let load = report.machine.load, load > 0.5 else { return }
    say("warning: \(what) (load average \(load.fixed(2))): measure again on an idle machine")
  }

  private func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
