import DMoECore
import DMoEData
import Foundation

/// The folder of an experiment: `members/NAME/SEED/` with run, bundle and rewards; `experiment.json` says of which data.
struct ExperimentStore: Sendable {
  private struct Identity: Codable, Equatable {
    var data: String
  }

  private let folder: URL

  /// - Throws: `ExperimentError.foreignFolder`, `.unusableFolder`; `CoreError.unwritableFile`.
  init(_ folder: URL, data: ExperimentData) throws {
    self.folder = folder
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var hash = SeededHash()
    func combine(_ samples: [RankedResponses]) throws {
      for sample in samples { hash.combine(String(decoding: try encoder.encode(sample), as: UTF8.self)) }
    }
    try combine(data.training)
    for set in try data.sets() {
      hash.combine(set.name)
      try combine(set.samples)
    }
    let identity = Identity(data: String(hash.value, radix: 16))
    do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
      throw ExperimentError.unusableFolder(path: folder.path)
    }
    let file = folder.appendingPathComponent("experiment.json")
    if let content = FileManager.default.contents(atPath: file.path) {
      guard (try? JSONDecoder().decode(Identity.self, from: content)) == identity else {
        throw ExperimentError.foreignFolder(path: folder.path)
      }
    } else {
      try AtomicFile<CoreError>.write(try encoder.encode(identity) + Data("\n".utf8), to: file)
    }
  }

  /// The home of one member.
  func member(_ contender: String, _ seed: UInt64) -> URL {
    folder.appendingPathComponent("members/\(contender)/\(seed)", isDirectory: true)
  }

  /// Where a member's training is kept.
  func runFolder(_ contender: String, _ seed: UInt64) -> URL {
    member(contender, seed).appendingPathComponent("run", isDirectory: true)
  }

  /// The posterior of a member's head, if its kind has one.
  func posterior(_ contender: String, _ seed: UInt64) -> URL {
    member(contender, seed).appendingPathComponent("posterior.safetensors")
  }

  private func file(_ contender: String, _ seed: UInt64, _ set: String) -> URL {
    member(contender, seed).appendingPathComponent("scores-\(set).json")
  }

  /// A member's rewards on a set; nil for a sample that is too long, nil as a whole if it was not scored.
  ///
  /// - Throws: `ExperimentError.unusableScores`.
  func scores(_ contender: String, _ seed: UInt64, _ set: String) throws -> [ScoredSample?]? {
    let url = file(contender, seed, set)
    guard let content = FileManager.default.contents(atPath: url.path) else { return nil }
    do {
      return try JSONDecoder().decode([ScoredSample?].self, from: content)
    } catch {
      throw ExperimentError.unusableScores(path: url.path, reason: "these are no rewards; delete it to score anew")
    }
  }

  func write(_ scores: [ScoredSample?], _ contender: String, _ seed: UInt64, _ set: String) throws {
    let url = file(contender, seed, set)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try AtomicFile<CoreError>.write(try JSONEncoder().encode(scores), to: url)
  }
}
