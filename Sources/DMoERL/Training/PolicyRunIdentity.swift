import DMoECore
import DMoEData
import DMoEFoundation
import DMoEPolicy
import DMoETrain
import Foundation

/// What must agree for a run to go on.
struct PolicyRunIdentity: Codable, Equatable {
  static let fileName = "run.json"

  var configuration: RLConfiguration
  var backbone: String
  var precision: String
  /// A hash of all prompts in their order.
  var prompts: String
  /// A hash of the adapter that the run began from.
  var start: String
  var reward: String

  init(_ policy: LanguageModel, _ configuration: RLConfiguration, prompts: [Conversation], reward: String) throws {
    var all = SeededHash()
    for prompt in prompts { all.combine(String(decoding: try JSONEncoder.canonical.encode(prompt), as: UTF8.self)) }
    var start = SeededHash()
    for (path, value) in policy.adapter?.parameterValues() ?? [] {
      start.combine(path)
      value.withElements { for element in $0 { start.combine(UInt64(element.bitPattern)) } }
    }
    self.configuration = configuration
    backbone = policy.backbone.fingerprint
    precision = policy.precisionName
    self.prompts = String(all.value, radix: 16)
    self.start = String(start.value, radix: 16)
    self.reward = reward
  }

  var fingerprint: String {
    get throws {
      var hash = SeededHash()
      hash.combine(String(decoding: try JSONEncoder.canonical.encode(self), as: UTF8.self))
      return "policy-" + String(hash.value, radix: 16)
    }
  }

  /// Whether all ranks would make the same run.
  ///
  /// - Throws: `TrainError.ranksDiffer`, the same on every rank; `CommunicatorError`.
  func agree(over ranks: any Communicator, _ compute: Compute) throws {
    guard ranks.size > 1 else { return }
    let settings = String(decoding: try JSONEncoder.canonical.encode(configuration), as: UTF8.self)
    let own = [RankFact("configuration", settings)] + Self.texts.map { RankFact($0, self[keyPath: $1]) }
    let facts = own + ComputeInformation.facts(threads: compute.threads, precision: compute.precision)
    if let (rank, name) = try ranks.difference(in: facts) { throw TrainError.ranksDiffer(rank: rank, reason: name) }
  }

  /// Makes a folder this run's own.
  ///
  /// - Throws: `RLError.foreignRun`, `.unusableRun`; `CoreError.unwritableFile`.
  func claim(_ folder: URL) throws {
    let file = folder.appendingPathComponent(Self.fileName)
    guard FileManager.default.fileExists(atPath: file.path) else {
      return try AtomicFile<CoreError>.write(try JSONEncoder.indented.encode(self), to: file)
    }
    guard let data = try? Data(contentsOf: file), let found = try? JSONDecoder().decode(Self.self, from: data) else {
      throw RLError.foreignRun(path: folder.path, reason: "\(Self.fileName) is broken, or of another version")
    }
    if let difference = difference(from: found) {
      throw RLError.foreignRun(path: folder.path, reason: "it was begun with another \(difference)")
    }
  }

  private func difference(from other: Self) -> String? {
    if configuration != other.configuration { return "configuration" }
    return Self.texts.first { self[keyPath: $0.1] != other[keyPath: $0.1] }?.0
  }

  private static var texts: [(String, KeyPath<Self, String>)] {
    [
      ("backbone", \.backbone), ("precision", \.precision), ("set of prompts", \.prompts), ("adapter", \.start),
      ("reward", \.reward),
    ]
  }
}
