@_spi(Command) import DMoEData
import Foundation

/// Lines of a file in memory.
func lines(_ text: String, name: String = "rows.jsonl") -> JSONLines {
  JSONLines(data: Data(text.utf8), name: name)
}

/// All samples of these lines.
func samples(_ text: String, options: ReadingOptions = ReadingOptions()) throws -> [RankedResponses] {
  try PreferenceReader.readAll(lines(text), options: options).samples
}

/// The reason why the first bad line is refused; nil if none is.
func refusal(_ text: String, options: ReadingOptions = ReadingOptions()) -> String? {
  do {
    _ = try PreferenceReader.readAll(lines(text), options: options)
    return nil
  } catch .badLine(_, _, let reason) {
    return reason
  } catch {
    return "\(error)"
  }
}

func sample(
  id: String = "s", _ conversation: Conversation = "p", ranks: [Int] = [1, 2], category: String? = nil,
  capability: String? = nil, margin: Float? = nil, weight: Float = 1, probability: Float? = nil
) throws -> RankedResponses {
  try RankedResponses(
    id: id, conversation: conversation, responses: ranks.indices.map { "r\($0)" }, ranks: ranks, category: category,
    capability: capability, margin: margin, weight: weight, probability: probability)
}

/// A file in a new temporary directory, which is removed afterwards.
func withTemporaryFile<Result>(_ data: Data, _ body: (URL) throws -> Result) throws -> Result {
  let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: directory) }
  let url = directory.appendingPathComponent("file.jsonl")
  try data.write(to: url)
  return try body(url)
}
