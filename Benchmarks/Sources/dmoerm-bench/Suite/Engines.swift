import DMoERM
import Foundation

/// The library's two ways to compute, each with a backbone of its own, read when it is first needed.
final class Engines {
  struct Engine {
    let name: String
    let options: ComputeOptions
  }

  let all: [Engine]
  private let url: URL?
  private var backbones: [String: Backbone] = [:]

  /// - Parameter backbone: Where the backbone is; nil if none was found, an error only if one is needed.
  init(threads: Int, backbone: URL?) {
    url = backbone
    // Looking also prepares OpenBLAS, before anything is timed.
    let isAvailable = ComputeInformation.current.openBLASConfiguration != nil
    all =
      (isAvailable
        ? [Engine(name: EngineName.openBLAS, options: ComputeOptions(backend: .openBLAS, threads: threads))] : [])
      + [Engine(name: EngineName.reference, options: ComputeOptions(backend: .reference, threads: threads))]
  }

  /// The accelerated one, if it is part of the build.
  var openBLAS: Engine? { all.first { $0.options.backend == .openBLAS } }

  func backbone(_ engine: Engine) throws -> Backbone {
    if let backbone = backbones[engine.name] { return backbone }
    guard let url else {
      throw BenchmarkError("no backbone: run Scripts/fetch-backbone, or name one with --backbone")
    }
    let backbone = try Backbone(contentsOf: url, options: engine.options)
    backbones[engine.name] = backbone
    return backbone
  }

  /// A contender for every engine.
  func contenders(_ make: (Engine) throws -> () throws -> Void) rethrows -> [Contender] {
    try all.map { Contender(engine: $0.name, run: try make($0)) }
  }

  /// The backbone's file name, if one was read.
  var backboneName: String? { backbones.values.first?.name }
}
