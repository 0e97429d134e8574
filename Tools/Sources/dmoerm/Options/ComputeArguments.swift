import ArgumentParser
import DMoERM

/// Where the arithmetic runs.
struct ComputeArguments: ParsableArguments {
  @Option(help: "Who multiplies: automatic, openBLAS, oneDNN or reference.") var backend: Backend = .automatic
  @Option(help: "How the backbone's weights are kept: float32, bfloat16 or int8 (needs oneDNN).")
  var precision: Precision = .float32
  @Option(parsing: .unconditional, help: "How many threads to use; every core if not given.") var threads: Int?

  /// The library's backends by their names here.
  enum Backend: String, ExpressibleByArgument, CaseIterable { case automatic, openBLAS, oneDNN, reference }
  /// The library's precisions by their names here.
  enum Precision: String, ExpressibleByArgument, CaseIterable { case float32, bfloat16, int8 }

  func validate() throws { try Bounds.check("--threads", threads, Bounds.workers) }

  var options: ComputeOptions {
    ComputeOptions(
      backend: ComputeBackend(rawValue: backend.rawValue) ?? .automatic, threads: threads,
      precision: WeightPrecision(rawValue: precision.rawValue) ?? .float32)
  }
}
