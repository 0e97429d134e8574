import ArgumentParser
import DMoERM

/// Where the arithmetic runs.
struct ComputeArguments: ParsableArguments {
  @Option(help: "Who multiplies: automatic, openBLAS or reference.") var backend: Backend = .automatic
  @Option(help: "How many threads to use; every core if not given.") var threads: Int?

  /// The library's backends by their names here.
  enum Backend: String, ExpressibleByArgument, CaseIterable { case automatic, openBLAS, reference }

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1, not \(threads)") }
  }

  var options: ComputeOptions {
    ComputeOptions(backend: ComputeBackend(rawValue: backend.rawValue) ?? .automatic, threads: threads)
  }
}
