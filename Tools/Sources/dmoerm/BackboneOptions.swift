import ArgumentParser
import DMoERM
import Foundation

/// Where the arithmetic runs.
struct ComputeArguments: ParsableArguments {
  @Option(help: "Who multiplies: automatic, openBLAS or reference.") var backend: Backend = .automatic
  @Option(help: "How many threads to use; every core if not given.") var threads: Int?

  /// The library's backends by their names here.
  enum Backend: String, ExpressibleByArgument, CaseIterable { case automatic, openBLAS, reference }

  var options: ComputeOptions {
    ComputeOptions(backend: ComputeBackend(rawValue: backend.rawValue) ?? .automatic, threads: threads)
  }
}

/// Which backbone, and where it runs.
struct BackboneOptions: ParsableArguments {
  @Option(name: .customLong("backbone"), help: "A GGUF file or a Hugging Face folder.") var path: String
  @OptionGroup var arguments: ComputeArguments

  var compute: ComputeOptions { arguments.options }

  func load() throws -> Backbone { try Backbone(contentsOf: URL(fileURLWithPath: path), options: compute) }
}
