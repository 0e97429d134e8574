package import Foundation

/// What was found out about files and takes long to find out, such as their hash: kept for the next process that asks.
///
/// The facts lie in a hidden file beside the first of the files (`.NAME.facts`), or in a folder of the user's where that
/// place cannot be written. They count while each of the files is the one it was (`FileIdentity`). A record that is of
/// other files, broken, or of another version has no facts, and is replaced by the next that is made. Several processes may
/// read and write at once: a record is replaced as a whole, and what two of them lose is found out again.
package struct FileFacts: Sendable {
  private let files: [URL]
  private let identities: [FileIdentity]
  private let places: [URL]
  private let now: @Sendable () -> Date

  /// The most facts of one record; the oldest are dropped.
  private static let mostFacts = 64
  /// A longer record is none of ours.
  private static let longestRecord = 1 << 20
  /// A file that was changed less than this before could be changed again without its times showing it.
  private static let settlingTime: TimeInterval = 2

  /// The facts about these files.
  ///
  /// - Parameters:
  ///   - files: At least one.
  ///   - identities: Of each of them, as it was when it was opened.
  ///   - fallback: The folder for the record where the files' own cannot be written; it need not be there.
  ///   - now: The clock that files' times are compared with.
  package init(
    of files: [URL], _ identities: [FileIdentity], fallback: URL?, now: @escaping @Sendable () -> Date = { Date() }
  ) {
    precondition(!files.isEmpty && files.count == identities.count, "FileFacts: \(files.count) files")
    self.files = files
    self.identities = identities
    self.now = now
    let name = ".\(files[0].lastPathComponent).facts"
    let beside = files[0].deletingLastPathComponent().appendingPathComponent(name)
    var place = ContentHash()
    place.combine(files[0].standardizedFileURL.path)
    places = [beside] + (fallback.map { [$0.appendingPathComponent(place.text + ".facts")] } ?? [])
  }

  /// The fact of a name, if it was remembered about these files as they are.
  package subscript(name: String) -> String? {
    places.lazy.compactMap { record(at: $0)?.facts.last { $0.name == name }?.value }.first
  }

  /// Keeps a fact for the next process. Where it cannot be kept, or the files have changed since they were opened or a
  /// moment ago, it is found out anew next time.
  package func remember(_ name: String, _ value: String) {
    guard files.map({ FileIdentity(of: $0) }) == identities,
      identities.allSatisfy({ now().timeIntervalSince($0.lastChange) >= Self.settlingTime })
    else { return }
    for place in places {
      var record = record(at: place) ?? Record(files: identities)
      record.facts.removeAll { $0.name == name }
      record.facts.append(Fact(name: name, value: value))
      record.facts.removeFirst(max(0, record.facts.count - Self.mostFacts))
      if (try? write(record, to: place)) != nil { return }
    }
  }

  private func write(_ record: Record, to place: URL) throws {
    try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try AtomicFile<RecordFailure>.write(try JSONEncoder.file(record), to: place)
  }

  /// The record at a place, if it is one of these files as they are.
  private func record(at place: URL) -> Record? {
    guard let size = FileIdentity(of: place)?.size, size <= Self.longestRecord, let data = try? Data(contentsOf: place),
      let record = try? JSONDecoder().decode(Record.self, from: data), record.version == Record.currentVersion,
      record.files == identities
    else { return nil }
    return record
  }

  private struct Record: Codable {
    var version = currentVersion
    var files: [FileIdentity]
    var facts: [Fact] = []

    static let currentVersion = 1
  }

  private struct Fact: Codable {
    var name: String
    var value: String
  }

  private enum RecordFailure: FileFailure {
    case unwritableFile(path: String, reason: String)
  }
}
