public import Foundation

/// A writer of preference samples in `PreferenceFormat.native`, one a line; the same samples always give the same
/// bytes.
///
/// ```swift
/// try PreferenceWriter.write(samples, to: URL(fileURLWithPath: "preferences.jsonl"))
/// ```
public enum PreferenceWriter {
  /// The sample as one line with its LF.
  public static func line(for sample: RankedResponses) -> Data {
    var json = JSONText()
    json.member("id", sample.id)
    json.member("source", sample.source)
    json.member("language", sample.language)
    json.member("category", sample.category)
    json.member("capability", sample.capability)
    json.list("conversation", sample.conversation.turns) { turn, json in
      json.append("{\"role\":\"\(turn.role.rawValue)\",\"content\":")
      json.append(quoting: turn.content)
      json.append("}")
    }
    json.list("responses", sample.responses) { $1.append(quoting: $0) }
    json.list("ranks", sample.ranks) { $1.append(String($0)) }
    json.member("margin", sample.margin)
    json.member("weight", sample.weight == 1 ? nil : sample.weight)
    json.member("probability", sample.probability)
    json.member("annotator", sample.annotator)
    return json.finishedLine()
  }

  /// Writes the samples to an open file such as `FileHandle.standardOutput`.
  ///
  /// - Parameters:
  ///   - samples: the samples, one line each.
  ///   - handle: an open file, which stays open.
  ///   - name: the file as errors name it.
  /// - Throws: `DataError.unwritableFile`.
  public static func write(
    _ samples: some Sequence<RankedResponses>, to handle: FileHandle, name: String
  ) throws(DataError) {
    try forEachPart(of: samples) { part throws(DataError) in
      do { try handle.write(contentsOf: part) } catch {
        throw .unwritableFile(path: name, reason: SystemReason.of(error))
      }
    }
  }

  /// Writes the samples to a file, which is replaced only once all of them are written.
  ///
  /// - Throws: `DataError.unwritableFile`.
  public static func write(_ samples: some Sequence<RankedResponses>, to url: URL) throws(DataError) {
    try AtomicFile<DataError>.write(to: url) { file throws(DataError) in
      try forEachPart(of: samples) { part throws(DataError) in try file.append(part) }
    }
  }

  /// The lines in parts that are worth a system call.
  private static func forEachPart(
    of samples: some Sequence<RankedResponses>, _ write: (Data) throws(DataError) -> Void
  ) throws(DataError) {
    var part = Data()
    for sample in samples {
      part.append(line(for: sample))
      guard part.count >= 1 << 18 else { continue }
      try write(part)
      part.removeAll(keepingCapacity: true)
    }
    try write(part)
  }
}
