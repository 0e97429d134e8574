import DMoECore
import DMoEData
import Foundation

/// The folder of an experiment: `members/NAME/SEED/` with run, bundle and rewards; `experiment.json` says of which data.
struct ExperimentStore: Sendable {
  /// What `experiment.json` holds.
  private struct Identity: Codable, Equatable {
    /// The form of the files of rewards; missing in folders of before there were versions.
    var version: Int?
    /// A hash of what members train on and are chosen on. Before version 3 of all samples.
    var data: String
    /// A hash of each set by its name; since version 3.
    var sets: [String: String]?
  }

  /// Since 2 rewards by a sample's own category are called "labeled"; since 3 each set has a hash of its own, so that sets can
  /// be added to an experiment that is done.
  private static let version = 3

  /// The experiment's folder.
  let url: URL
  /// What tells the samples of each set from others, those that members train on included.
  private let identities: [SetID: String]

  /// - Throws: `ExperimentError.foreignFolder`, `.changedSet`, `.otherVersion`, `.unusableFolder`; `CoreError.unwritableFile`.
  init(_ folder: URL, data: ExperimentData) throws {
    url = folder
    let sets = try data.sets()
    let own = Dictionary(try sets.map { ($0.id, try Self.hash([$0])) }) { first, _ in first }
    let training = try Self.hash(sets.filter { $0.id == .validation }, after: data.training)
    identities = own.mapValues { "\(training)-\($0)" }
    do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
      throw ExperimentError.unusableFolder(path: folder.path)
    }
    let file = folder.appendingPathComponent(Self.fileName)
    var identity = Identity(
      version: Self.version, data: training,
      sets: Dictionary(own.map { ($0.key.description, $0.value) }) { first, _ in first })
    if let content = FileManager.default.contents(atPath: file.path) {
      let found = try? JSONDecoder().decode(Identity.self, from: content)
      // Folders of version 2 go on as they are, with the sets that they were begun with.
      let isBefore = found?.version == 2
      if let found, found.version != identity.version, !isBefore {
        throw ExperimentError.otherVersion(path: folder.path)
      }
      let expected = isBefore ? try Self.hash(sets, after: data.training) : training
      guard let found, found.data == expected else { throw ExperimentError.foreignFolder(path: folder.path) }
      let known = found.sets ?? [:]
      if let changed = sets.first(where: { set in
        known[set.id.description].map { $0 != own[set.id] } ?? false
      }) {
        throw ExperimentError.changedSet(changed.id, path: folder.path)
      }
      // Sets that this plan does not have stay known: it may have them again.
      identity.sets = known.merging(identity.sets ?? [:]) { $1 }
      if found == identity { return }
    }
    try AtomicFile<CoreError>.write(try JSONEncoder.canonical.encode(identity) + Data("\n".utf8), to: file)
  }

  /// Whether a folder is one of an experiment, begun or done.
  static func isOne(_ folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(fileName).path) || Judging.isAllOf(folder)
  }

  private static let fileName = "experiment.json"

  /// A hash of samples, and of sets with their names.
  private static func hash(_ sets: [SampleSet], after samples: [RankedResponses] = []) throws -> String {
    let encoder = JSONEncoder.canonical
    var hash = SeededHash()
    func combine(_ samples: [RankedResponses]) throws {
      for sample in samples { hash.combine(String(decoding: try encoder.encode(sample), as: UTF8.self)) }
    }
    try combine(samples)
    for set in sets {
      hash.combine(set.id.description)
      try combine(set.samples)
    }
    return String(hash.value, radix: 16)
  }

  /// The folder of one member.
  func folder(of member: MemberID) -> URL { Self.folder(of: member, in: url) }

  private static func folder(of member: MemberID, in folder: URL) -> URL {
    folder.appendingPathComponent("members/\(member.contender)/\(member.seed)", isDirectory: true)
  }

  /// Where a member's training is kept.
  func runFolder(of member: MemberID) -> URL {
    folder(of: member).appendingPathComponent("run", isDirectory: true)
  }

  /// Looks whether rewards of a finished bundle are kept under the name of a member that is to be trained.
  ///
  /// - Throws: `ExperimentError.changedContender` if there are.
  func checkTrained(_ member: MemberID) throws {
    let folder = folder(of: member)
    guard !FileManager.default.fileExists(atPath: Self.givenFile(in: folder).path) else {
      throw ExperimentError.changedContender(
        member.contender, path: folder.path, reason: "it was a finished bundle there, and is trained here")
    }
  }

  private static func givenFile(in folder: URL) -> URL { folder.appendingPathComponent("given") }

  /// Remembers which finished bundle a member is.
  ///
  /// - Throws: `ExperimentError.changedContender` if rewards of another one are kept under its name.
  func identify(_ member: MemberID, as fingerprint: String) throws {
    let folder = folder(of: member)
    let file = Self.givenFile(in: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    if FileManager.default.fileExists(atPath: runFolder(of: member).path) {
      throw ExperimentError.changedContender(
        member.contender, path: folder.path, reason: "it was trained there, and is a finished bundle here")
    }
    if let content = FileManager.default.contents(atPath: file.path) {
      guard String(decoding: content, as: UTF8.self) == fingerprint + "\n" else {
        throw ExperimentError.changedContender(member.contender, path: folder.path, reason: "it is another bundle")
      }
      return
    }
    try AtomicFile<CoreError>.write(Data((fingerprint + "\n").utf8), to: file)
  }

  /// A member's bundle.
  func bundle(of member: MemberID) -> URL { Self.bundle(of: member, in: url) }

  /// A member's bundle in the folder of an experiment.
  static func bundle(of member: MemberID, in folder: URL) -> URL {
    self.folder(of: member, in: folder).appendingPathComponent("model.dmoerm", isDirectory: true)
  }

  /// The posterior of a member's head, if its kind has one.
  func posterior(of member: MemberID) -> URL { Self.posterior(of: member, in: url) }

  /// The posterior of a member's head in the folder of an experiment.
  static func posterior(of member: MemberID, in folder: URL) -> URL {
    self.folder(of: member, in: folder).appendingPathComponent("posterior.safetensors")
  }

  /// A member's rewards on a set.
  func scoresFile(of member: MemberID, on set: SetID) -> URL {
    folder(of: member).appendingPathComponent("scores-\(set).json")
  }

  /// A member's rewards on a set; nil for a sample that is too long, nil as a whole if it was not scored.
  ///
  /// - Throws: `ExperimentError.unusableScores`.
  func scores(of member: MemberID, on set: SetID) throws -> [ScoredSample?]? {
    let url = scoresFile(of: member, on: set)
    guard let content = FileManager.default.contents(atPath: url.path) else { return nil }
    do {
      return try JSONDecoder().decode([ScoredSample?].self, from: content)
    } catch {
      throw ExperimentError.unusableScores(path: url.path, reason: "these are no rewards; delete it to score anew")
    }
  }

  /// Those of a set that is not scored to its end.
  func parts(of member: MemberID, on set: SetID) -> KeptParts<ScoredSample?> {
    KeptParts(folder: folder(of: member), name: "scores-\(set)", identity: identities[set] ?? "")
  }

  /// Keeps a member's rewards on a set.
  func write(_ scores: [ScoredSample?], of member: MemberID, on set: SetID) throws {
    let url = scoresFile(of: member, on: set)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    // By name, so that the same rewards are the same bytes.
    try AtomicFile<CoreError>.write(try JSONEncoder.canonical.encode(scores), to: url)
  }
}
