@_spi(Command) import DMoERM
import Foundation

/// A way of the library to compute: who multiplies, and what the weights are held in.
struct Engine {
  let name: EngineName
  var options: ComputeOptions
  /// Whether it takes gradients.
  var trains = true
  let load: (URL) throws -> Backbone
  /// The file it reads, if that is another than the others'.
  var file: URL?

  /// The same on another number of threads.
  func with(threads: Int) -> Engine {
    var other = self
    other.options.threads = threads
    return other
  }
}

/// The engines of this build, each with a backbone of its own, read when it is first needed.
final class Engines {
  let all: [Engine]
  let threads: Int
  /// Where the backbone is; nil if none was found, an error only if one is needed.
  let url: URL?
  private var backbones: [EngineName: Backbone] = [:]

  /// - Parameters:
  ///   - only: The one engine to have; nil for all but the reference.
  ///   - includesReference: Whether plain Swift is measured too, which takes long.
  ///   - files: The backbone in other formats, for engines that keep weights as they are stored.
  init(
    threads: Int, backbone: URL?, files: [URL] = [], only: EngineName? = nil, includesReference: Bool = false
  ) {
    url = backbone
    self.threads = threads
    let every = Self.available(threads) + Self.stored(threads, (backbone.map { [$0] } ?? []) + files)
    all = every.filter { engine in
      if let only { return engine.name == only }
      return engine.name != .reference || includesReference || every.count == 1
    }
  }

  private static func available(_ threads: Int) -> [Engine] {
    var engines: [Engine] = []
    func add(_ name: EngineName, _ backend: ComputeBackend, _ precision: WeightPrecision = .float32) {
      let options = ComputeOptions(backend: backend, threads: threads, precision: precision)
      // What this build or CPU lacks is left out.
      guard (try? ComputeProbe([], rows: 1, options: options)) != nil else { return }
      engines.append(
        Engine(name: name, options: options, trains: precision != .int8) {
          try Backbone(contentsOf: $0, options: options)
        })
    }
    // Looking also prepares OpenBLAS, before anything is timed.
    ComputeInformation.prepare()
    add(.openBLAS, .openBLAS)
    add(.oneDNN, .oneDNN)
    add(.bfloat16, .automatic, .bfloat16)
    add(.int8, .automatic, .int8)
    add(.reference, .reference)
    return engines
  }

  /// Engines for every file, named by the format that ends its name, as in `model.Q4_1.gguf`: by bytes, and by bf16 where the CPU
  /// multiplies that.
  private static func stored(_ threads: Int, _ files: [URL]) -> [Engine] {
    files.flatMap { file -> [Engine] in
      let name = file.deletingPathExtension().lastPathComponent
      guard file.pathExtension == "gguf", let format = name.split(whereSeparator: { $0 == "." || $0 == "-" }).last
      else { return [] }
      func engine(_ name: EngineName, _ activations: ActivationPrecision) -> Engine {
        let options = ComputeOptions(threads: threads, precision: .stored, activations: activations)
        return Engine(
          name: name, options: options, trains: true, load: { try Backbone(contentsOf: $0, options: options) },
          file: file)
      }
      let byBytes = engine(.stored(String(format)), .int8)
      guard ComputeInformation.current.bfloat16Kernels != nil else { return [byBytes] }
      return [byBytes, engine(.storedByBFloat16(String(format)), .bfloat16)]
    }
  }

  func backbone(_ engine: Engine) throws -> Backbone {
    if let backbone = backbones[engine.name] { return backbone }
    let backbone = try engine.load(try engine.file ?? location())
    backbones[engine.name] = backbone
    return backbone
  }

  /// Where the backbone is.
  func location() throws -> URL {
    guard let url else {
      throw BenchmarkError("no backbone: run Scripts/fetch-backbone, or name one with --backbone")
    }
    return url
  }

  /// A contender for every engine.
  func contenders(
    where isWanted: (Engine) -> Bool = { _ in true }, _ make: (Engine) throws -> () throws -> Void
  ) rethrows -> [Contender] {
    try all.filter(isWanted).map { Contender($0.name, run: try make($0)) }
  }

  /// The backbone's file name, if one was read.
  var backboneName: String? { backbones.values.first?.name }
}
