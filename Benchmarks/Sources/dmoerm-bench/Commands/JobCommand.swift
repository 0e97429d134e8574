import ArgumentParser
import DMoERM
import Foundation

/// Does one job and tells the peak of its memory. What measures a whole process runs this.
struct JobCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job", abstract: "Do one item's work once and print this process's peak memory, as JSON.")

  @OptionGroup var options: BackboneOptions
  @Argument(help: "The item, or \"start\": read a bundle and score a text.") var item: String
  @Option(help: "Whose way.") var engine = EngineName.openBLAS.description
  @Option(name: .customLong("bundle"), help: "For start.") var bundlePath: String?

  func run() throws {
    let engines = Engines(
      threads: options.threadCount, backbone: options.url, files: options.files, only: EngineName(engine))
    guard let engine = engines.all.first else { throw ValidationError("this build has no engine \(engine)") }
    if item == JobBenchmarks.start {
      guard let bundlePath else { throw ValidationError("start needs --bundle") }
      try start(engine, bundle: URL(fileURLWithPath: bundlePath), backbone: try engines.location())
    } else {
      guard let benchmark = Suite.jobs(engines).first(where: { $0.item == item }) else {
        throw ValidationError("no job is named \(item)")
      }
      for contender in try benchmark.contenders() where contender.engine == engine.name {
        _ = try contender.sample(1)
      }
    }
    print(String(decoding: try JSONEncoder().encode(ChildJob.Outcome(peakBytes: PeakMemory.bytes)), as: UTF8.self))
  }

  private func start(_ engine: Engine, bundle: URL, backbone: URL) throws {
    let model = try RewardModel(contentsOf: bundle, backbone: backbone, options: engine.options)
    let texts = try Workload(model.backbone)
    _ = try model.score(
      prompt: try texts.prompt(tokens: 50, seed: 1), response: try texts.response(tokens: 50, seed: 2))
  }
}
