import DMoECore
import DMoEData
import DMoEFoundation
import DMoEPolicy
import Foundation

/// The texts that a policy wrote to one prompt: a line of a file, as `dmoerm generate --rows` writes it.
struct DrawnRow: Sendable, Equatable, Codable {
  /// The prompt's name in its file.
  var id: String
  /// The task category that its file names.
  var category: String?
  /// What is answered.
  var messages: Conversation
  /// In the order in which they were drawn; those that say nothing are left out.
  var responses: [String]
}

/// Draws texts from a policy once, and keeps them.
struct DrawnTexts {
  let policy: LanguageModel
  let drawing: OverOptimizationSettings.Drawing
  /// Where they are kept: a file a set.
  let folder: URL
  /// What tells these drawings from others.
  let identity: String

  /// Texts between two events, and those of them that are written side by side.
  private static let (textsAtATime, concurrency) = (256, 128)

  /// The texts of every prompt, read back or drawn.
  ///
  /// - Parameters:
  ///   - set: What they are for.
  ///   - count: How many texts each prompt gets.
  /// - Throws: What sampling and `onEvent` throw; `CoreError.unwritableFile`.
  func rows(
    of prompts: [CategorizedPrompt], _ set: String, count: Int, _ onEvent: ExperimentRun.Observer
  ) throws -> [DrawnRow] {
    let file = folder.appendingPathComponent("\(set).jsonl")
    if let kept = kept(in: file, of: prompts) { return kept }
    let parts = KeptParts<DrawnRow>(folder: folder, name: set, identity: identity)
    var rows: [DrawnRow] = []
    let size = max(1, Self.textsAtATime / count)
    for (number, start) in stride(from: 0, to: prompts.count, by: size).enumerated() {
      let part = Array(prompts[start..<min(start + size, prompts.count)])
      if let known = parts.part(number, count: part.count) {
        rows += known
        continue
      }
      try onEvent(.drawing(set: set, done: start * count, total: prompts.count * count))
      let drawn = try draw(part, count: count)
      try parts.keep(drawn, as: number)
      rows += drawn
    }
    let lines = try rows.map { try JSONEncoder.line.encode($0) + Data("\n".utf8) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try AtomicFile<CoreError>.write(Data(lines.joined()), to: file)
    try parts.removeAll()
    let texts = rows.reduce(0) { $0 + $1.responses.count }
    try onEvent(.drawn(set: set, texts: texts, empty: prompts.count * count - texts))
    return rows
  }

  private func draw(_ prompts: [CategorizedPrompt], count: Int) throws -> [DrawnRow] {
    let options = GenerationOptions(
      maximumTokens: drawing.maximumTokens, sampling: Sampling(temperature: drawing.temperature), seed: drawing.seed,
      concurrency: Self.concurrency)
    let completions = try policy.generate(prompts.map(\.conversation), count: count, options: options)
    return zip(prompts, completions).map { prompt, completions in
      DrawnRow(
        id: prompt.id, category: prompt.category, messages: prompt.conversation,
        responses: completions.map(\.text).filter { !$0.isBlank })
    }
  }

  /// The rows of a file that is whole; the folder is this drawing's own, as its identity says.
  private func kept(in file: URL, of prompts: [CategorizedPrompt]) -> [DrawnRow]? {
    guard let content = FileManager.default.contents(atPath: file.path) else { return nil }
    let decoder = JSONDecoder()
    let rows = content.split(separator: UInt8(ascii: "\n")).compactMap { try? decoder.decode(DrawnRow.self, from: $0) }
    guard rows.map(\.messages) == prompts.map(\.conversation) else { return nil }
    return rows
  }
}
