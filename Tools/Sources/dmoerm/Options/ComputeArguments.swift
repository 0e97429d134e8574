import ArgumentParser
@_spi(Command) import DMoERM

/// Where the arithmetic runs.
struct ComputeArguments: ParsableArguments {
  @Option(help: "Who multiplies: \(Choice<ComputeBackend>.listed).") var backend = Choice(ComputeBackend.automatic)
  @Option(help: "How the backbone's weights are kept: float32, bfloat16 or int8 (needs oneDNN).")
  var precision = Choice(WeightPrecision.float32)
  @Option(parsing: .unconditional, help: "How many threads to use; every core if not given.") var threads: Int?

  func validate() throws { try Bounds.check("--threads", threads, Bounds.workers) }

  var options: ComputeOptions { ComputeOptions(backend: backend.value, threads: threads, precision: precision.value) }
}
