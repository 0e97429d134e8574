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
  ///   - samples: the samples to write.
  ///   - handle: the file, open for writing.
  ///   - name: the file as errors name it.
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

/// The text of one JSON object, written member by member so that their order is ours.
private struct JSONText {
  // Not Data: appending single bytes to it is several times slower.
  private var bytes = Array("{".utf8)
  private var isFirst = true

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func append(quoting text: String) {
    append("\"")
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\r"): append("\\r")
      case UInt8(ascii: "\t"): append("\\t")
      case 0..<0x20: append("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
      default: bytes.append(byte)
      }
    }
    append("\"")
  }

  mutating func key(_ key: String) {
    if !isFirst { append(",") }
    isFirst = false
    append("\"\(key)\":")
  }

  mutating func member(_ name: String, _ value: String?) {
    guard let value else { return }
    key(name)
    append(quoting: value)
  }

  mutating func member(_ name: String, _ value: Float?) {
    guard let value else { return }
    key(name)
    append("\(value)")
  }

  mutating func list<Element>(_ name: String, _ values: [Element], _ body: (Element, inout JSONText) -> Void) {
    key(name)
    append("[")
    for (index, value) in values.enumerated() {
      if index > 0 { append(",") }
      body(value, &self)
    }
    append("]")
  }

  consuming func finishedLine() -> Data {
    append("}\n")
    return Data(bytes)
  }
}
