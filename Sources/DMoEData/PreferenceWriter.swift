public import Foundation

/// Writes preference samples in `PreferenceFormat.native`, one a line; the same samples always give the same bytes.
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
  /// - Parameter name: the file as errors name it.
  /// - Throws: `DataError.unreadableFile`.
  public static func write(
    _ samples: some Sequence<RankedResponses>, to handle: FileHandle, name: String
  ) throws(DataError) {
    var buffer = Data()
    do {
      for sample in samples {
        buffer.append(line(for: sample))
        if buffer.count >= 1 << 18 {
          try handle.write(contentsOf: buffer)
          buffer.removeAll(keepingCapacity: true)
        }
      }
      try handle.write(contentsOf: buffer)
    } catch {
      throw .unreadableFile(path: name, reason: error.localizedDescription)
    }
  }

  /// Writes the samples to a file, which is replaced only once all of them are written.
  ///
  /// - Throws: `DataError.unreadableFile`.
  public static func write(_ samples: some Sequence<RankedResponses>, to url: URL) throws(DataError) {
    let partial = url.appendingPathExtension("partial-\(ProcessInfo.processInfo.processIdentifier)")
    do {
      try Data().write(to: partial)
      let handle = try FileHandle(forWritingTo: partial)
      do {
        try write(samples, to: handle, name: url.path)
        try handle.synchronize()
        try handle.close()
      } catch {
        try? handle.close()
        try? FileManager.default.removeItem(at: partial)
        throw error
      }
    } catch let error as DataError {
      throw error
    } catch {
      throw .unreadableFile(path: url.path, reason: error.localizedDescription)
    }
    // rename(2) replaces an existing file in one step, which FileManager.moveItem refuses to.
    guard rename(partial.path, url.path) == 0 else {
      let reason = String(cString: strerror(errno))
      try? FileManager.default.removeItem(at: partial)
      throw .unreadableFile(path: url.path, reason: reason)
    }
  }
}
