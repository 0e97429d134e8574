import DMoERM
import Foundation

/// What is measured of a whole process: its peak memory, and its time from start to first score.
struct JobBenchmarks {
  /// Jobs whose peak memory is measured, by the names of their items.
  static let remembered = [
    "best-of-16/all-layers", TrainingBenchmarks.step, TrainingBenchmarks.recomputed, TrainingBenchmarks.large,
    "scale/1024", "scale/8192",
  ]
  static let start = "start"

  let engines: Engines
  let peers: [Peer]
  /// This program.
  let own: ChildJob
  /// Whether torch may try the step that it is likely to be killed for.
  let letsPeersDie: Bool
  /// How many seconds a peer's run may take, as far as can be foreseen.
  let limit: Double

  /// Whether an item is done in a process of its own.
  static func contains(_ item: String) -> Bool { item == start || item.hasPrefix("memory/") }

  func all() -> [Benchmark] { Self.remembered.map(memory) + [startBenchmark()] }

  private func memory(_ job: String) -> Benchmark {
    let item = "memory/\(job)"
    return Benchmark(item: item, unit: .gigabytes) {
      let trains = job.hasPrefix("training-step")
      let mine = engines.all.filter { ($0.trains || !trains) && $0.name != .reference }.map { engine in
        Contender(
          engine: engine.name, sample: { _ in try own.run(try arguments(job, engine)).outcome.peakBytes },
          isCounted: true)
      }
      let theirs = rivals(item).filter { _ in job != TrainingBenchmarks.large || letsPeersDie }.map { engine, peer in
        Contender(
          engine: engine, sample: { _ in try peer.run(["--job", job, "--engine", "\(engine)"]).outcome.peakBytes },
          isCounted: true, mayFail: job == TrainingBenchmarks.large)
      }
      return mine + theirs
    }
  }

  /// A fresh process that reads a bundle (a peer: backbone and adapters) and scores one text of 100 tokens; what it reads
  /// is in the system's cache.
  private func startBenchmark() -> Benchmark {
    Benchmark(item: Self.start, unit: .seconds) {
      let bundle = Scratch("bundle.dmoerm")
      if let engine = engines.all.first {
        try ScoringBenchmarks.model(engines, engine, .allLayers).0.write(to: bundle.url)
      }
      let mine = engines.all.filter { $0.name != .reference }.map { engine in
        Contender(engine: engine.name) { repetitions in
          try mean(repetitions) {
            try own.run(try arguments(Self.start, engine) + ["--bundle", bundle.url.path]).seconds
          }
        }
      }
      let theirs = rivals(Self.start).map { engine, peer in
        Contender(engine: engine) { repetitions in
          try mean(repetitions) { try peer.run(["--job", Self.start, "--engine", "\(engine)"]).seconds }
        }
      }
      return mine + theirs
    }
  }

  /// The peers' engines that can do an item, and the program of each.
  private func rivals(_ item: String) -> [(engine: EngineName, program: ChildJob)] {
    peers.flatMap { peer in
      peer.engines(for: item, within: limit).map { ($0, ChildJob(command: peer.command)) }
    }
  }

  private func mean(_ count: Int, _ seconds: () throws -> Double) rethrows -> Double {
    try (0..<count).reduce(0) { sum, _ in sum + (try seconds()) } / Double(count)
  }

  private func arguments(_ job: String, _ engine: Engine) throws -> [String] {
    [
      "job", job, "--engine", engine.name.description, "--threads", "\(engines.threads)", "--backbone",
      try engines.location().path,
    ] + (engine.file.map { ["--file", $0.path] } ?? [])
  }
}
