import DMoECore
import Foundation

/// What has to be the same on all ranks of a run, so that it does not matter which of them trains a phase.
struct RankFacts: Codable, Equatable {
  let identity: RunIdentity
  /// Sums within a product depend on how many threads share it.
  let threads: Int
  /// The kernels that multiply, whose sums have an order of their own.
  let kernels: String
  /// The instructions that multiply bf16, which round otherwise each, or none; of no account in single precision.
  let halves: String

  /// The facts of this process.
  init(
    _ identity: RunIdentity, threads: Int, kernels: String? = ComputeInformation.current.openBLASCore,
    halves: String? = ComputeInformation.current.bfloat16Kernels
  ) {
    self.identity = identity
    self.threads = threads
    self.kernels = kernels ?? "none"
    self.halves = identity.precision == WeightPrecision.float32.rawValue ? "" : halves ?? "none"
  }

  /// Compares the facts of all ranks.
  ///
  /// - Throws: `TrainError.ranksDiffer`, the same on every rank; `CommunicatorError`.
  func agree(over ranks: any Communicator) throws {
    let all = try ranks.allGather(try JSONEncoder.canonical.encode(self)).enumerated().map { sender, bytes in
      guard let facts = try? JSONDecoder().decode(RankFacts.self, from: bytes) else {
        throw CommunicatorError.malformedMessage(sender: sender, reason: "no facts about a run")
      }
      return facts
    }
    guard let first = all.first else { return }
    for (rank, facts) in all.enumerated() {
      if let difference = first.difference(from: facts) {
        throw TrainError.ranksDiffer(rank: rank, reason: difference)
      }
    }
  }

  /// The first thing in which a rank differs from this one, in words; `nil` if nothing does.
  func difference(from other: RankFacts) -> String? {
    if let difference = identity.difference(from: other.identity) { return difference }
    if threads != other.threads { return "number of threads (\(other.threads), and rank 0 has \(threads))" }
    if halves != other.halves {
      return "set of instructions for bf16 (\(other.halves), and rank 0 has \(halves); --precision float32 needs none)"
    }
    guard kernels != other.kernels else { return nil }
    return "set of OpenBLAS's kernels (\(other.kernels), and rank 0 has \(kernels); with DMOERM_OPENBLAS_CORETYPE all"
      + " take one that every machine has)"
  }
}
