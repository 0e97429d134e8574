import CDMoEKernels
import Foundation

/// A library that multiplies matrices.
public enum ComputeBackend: String, Sendable, CaseIterable, Codable {
  /// OpenBLAS where it is part of the build, otherwise the pure-Swift reference.
  case automatic
  /// OpenBLAS and C loops.
  case openBLAS
  /// As `automatic`, but products by frozen weights of the backbone are oneDNN's, which packs the weights once when they
  /// are read.
  case oneDNN
  /// Plain Swift, no C library: the fallback, and the yardstick of the benchmarks.
  case reference
}

/// The settings of the arithmetic: which library multiplies, on how many threads, in which precision. A value: it is
/// passed in, never global.
///
/// ```swift
/// let options = ComputeOptions(threads: 1, precision: .bfloat16)
/// let model = try RewardModel(contentsOf: bundleURL, options: options)
/// ```
public struct ComputeOptions: Sendable, Equatable {
  /// The library that multiplies matrices.
  public var backend: ComputeBackend
  /// The most threads that one call may use; `nil` means every core the process may run on.
  public var threads: Int?
  /// The precision in which a backbone that is read with these options keeps its frozen weights; of no effect
  /// elsewhere.
  public var precision: WeightPrecision
  /// What rows are multiplied as by weights that stay as they are stored; of no effect under other precisions.
  public var activations: ActivationPrecision

  /// Options with these values; the defaults use the best backend of the build on every core, in single precision.
  public init(
    backend: ComputeBackend = .automatic, threads: Int? = nil, precision: WeightPrecision = .float32,
    activations: ActivationPrecision = .automatic
  ) {
    self.backend = backend
    self.threads = threads
    self.precision = precision
    self.activations = activations
  }
}

/// The resolved options that every kernel is called with.
package struct Compute: Sendable {
  /// The libraries that `Float` products may run on.
  package enum Backend: Sendable, Equatable { case openBLAS, reference }

  /// The library that multiplies `Float` matrices.
  package let backend: Backend
  /// The most threads that one call uses.
  package let threads: Int
  /// The precision in which frozen weights are kept.
  package let precision: WeightPrecision
  /// What rows are multiplied as by stored weights.
  package let activations: ActivationPrecision
  /// Whether stored weights are multiplied by the C kernels, and not widened for plain Swift first.
  let multipliesStored: Bool
  /// Whether frozen `Float` weights are packed for oneDNN.
  package let usesOneDNN: Bool

  /// Far more threads than machines have cores.
  static let mostThreads = 4096

  /// - Throws: `CoreError.backendUnavailable` if something is asked for that this build or CPU lacks, `.outOfRange` for a
  ///   number of threads that is none, `.unusableKernels`.
  package init(_ options: ComputeOptions = ComputeOptions()) throws(CoreError) {
    if let asked = options.threads, !(1...Self.mostThreads).contains(asked) {
      throw .outOfRange("threads", value: "\(asked)", allowed: "from 1 to \(Self.mostThreads)")
    }
    threads = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
    precision = options.precision
    activations = options.activations
    multipliesStored = options.backend != .reference
    usesOneDNN = options.backend == .oneDNN
    switch options.backend {
    case .reference: backend = .reference
    case .automatic: backend = BLAS.isAvailable ? .openBLAS : .reference
    case .openBLAS:
      guard BLAS.isAvailable else { throw .backendUnavailable("OpenBLAS") }
      backend = .openBLAS
    case .oneDNN:
      guard OneDNN.isAvailable else { throw .backendUnavailable("oneDNN") }
      backend = BLAS.isAvailable ? .openBLAS : .reference
    }
    if precision == .int8 {
      guard OneDNN.isAvailable else { throw .backendUnavailable("int8 (oneDNN)") }
      guard Int8Weight.isAvailable else { throw .backendUnavailable("int8 (AVX-512 VNNI)") }
    }
    if backend == .openBLAS, let problem = BLAS.core?.problem { throw problem }
  }

  private init(_ other: Compute, threads: Int) {
    backend = other.backend
    self.threads = threads
    precision = other.precision
    activations = other.activations
    multipliesStored = other.multipliesStored
    usesOneDNN = other.usesOneDNN
  }

  private init(reference threads: Int) {
    backend = .reference
    self.threads = threads
    precision = .float32
    activations = .automatic
    multipliesStored = false
    usesOneDNN = false
  }

  /// Whether bf16 is multiplied as such, and not widened first.
  var multipliesBFloat16: Bool { OneDNN.isAvailable && dmoe_cpu_has_bf16() && backend != .reference }

  /// The same backend on one thread, for work that is already inside a parallel region.
  package var serial: Compute { Compute(self, threads: 1) }

  /// The plain Swift backend on one thread, in single precision.
  package static let reference = Compute(reference: 1)

  /// Runs `body` over parts of `0..<count`, at most one part a thread and none smaller than `grain`.
  ///
  /// The parts depend only on `count`, `grain` and `threads`, so the same call does the same arithmetic every time.
  package func parallel(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
    let parts = min(threads, max(1, count / max(1, grain)))
    guard parts > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    WorkerPool.shared.run(parts, threads: parts) { part in
      body(count * part / parts..<count * (part + 1) / parts)
    }
  }
}

extension Compute {
  /// Runs `body` for every item of `0..<count`, each on one thread; a free thread takes the next item.
  package func forEach(_ count: Int, _ body: (Int) -> Void) {
    WorkerPool.shared.run(count, threads: threads, body)
  }
}
