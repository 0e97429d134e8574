import Foundation

/// Goes through the rows of a file, finds their format and applies the policy for invalid lines.
struct RowCursor: ~Copyable, Sendable {
  private var lines: JSONLines
  private let options: ReadingOptions
  private let decoder = JSONDecoder()
  private let name: String
  private(set) var report = ReadingReport()

  init(_ lines: consuming JSONLines, options: ReadingOptions) {
    name = lines.file.split(separator: "/").last.map(String.init) ?? lines.file
    self.lines = lines
    self.options = options
    report.format = options.format
    if options.unrankedRows == .keep, let key = NativeRow.keepsUnranked { decoder.userInfo[key] = true }
  }

  /// The preference samples of the next valid line; an empty list if all were left out, nil at the end.
  mutating func nextSamples() throws(DataError) -> [RankedResponses]? {
    try next { (decoder, bytes, format, id) in
      try Self.samples(decoder, bytes, format, id)
    } labels: {
      ($0.category, $0.capability)
    } relabel: {
      $0.labelled(category: $1, capability: $2)
    }
  }

  /// The prompt of the next valid line, of whichever format; nil at the end.
  mutating func nextPrompts() throws(DataError) -> [CategorizedPrompt]? {
    try next { (decoder, bytes, format, id) in
      if format == .prompts { return [try decoder.decode(PromptRow.self, from: bytes).sample(id: id)] }
      // A row that ranks its responses several times still has one prompt.
      return try Self.samples(decoder, bytes, format, id).prefix(1).map { CategorizedPrompt($0) }
    } labels: {
      ($0.category, nil)
    } relabel: { prompt, category, _ in
      CategorizedPrompt(prompt, category: category)
    }
  }

  private mutating func next<Sample>(
    decode: (JSONDecoder, Data, PreferenceFormat, String) throws -> [Sample],
    labels: (Sample) -> (category: String?, capability: String?),
    relabel: (Sample, String?, String?) -> Sample
  ) throws(DataError) -> [Sample]? {
    while true {
      do throws(DataError) {
        guard let line = try lines.next() else {
          if report.format == nil, report.lineCount > 0 { throw .unknownFormat(file: lines.file) }
          return nil
        }
        do {
          return try row(line, decode, labels, relabel)
        } catch {
          throw .badLine(file: lines.file, line: line.number, reason: RowReason.describe(error))
        }
      } catch {
        guard case .badLine = error, options.invalidLines == .skip else { throw error }
        report.skip(error)
      }
    }
  }

  private mutating func row<Sample>(
    _ line: JSONLines.Line, _ decode: (JSONDecoder, Data, PreferenceFormat, String) throws -> [Sample],
    _ labels: (Sample) -> (category: String?, capability: String?), _ relabel: (Sample, String?, String?) -> Sample
  ) throws -> [Sample] {
    let format = try format(of: line.bytes)
    let decoded = try decode(decoder, line.bytes, format, "\(name):\(line.number)")
    var samples: [Sample] = []
    for sample in decoded {
      let (category, capability) = labels(sample)
      if let names = try options.resolve(category: category, capability: capability) {
        samples.append(relabel(sample, names.category, names.capability))
      }
    }
    // Only a line that is valid as a whole settles the format and counts.
    report.format = format
    report.validLineCount += 1
    report.sampleCount += samples.count
    report.leftOutCount += decoded.count - samples.count
    return samples
  }

  private func format(of bytes: Data) throws -> PreferenceFormat {
    if let format = report.format { return format }
    guard let format = PreferenceFormat.detect(try decoder.decode(RowShape.self, from: bytes)) else {
      throw DataError.malformedRow(reason: "the keys are those of no known format")
    }
    return format
  }

  private static func samples(
    _ decoder: JSONDecoder, _ bytes: Data, _ format: PreferenceFormat, _ id: String
  ) throws -> [RankedResponses] {
    switch format {
    case .native: try decoder.decode(NativeRow.self, from: bytes).samples(id: id)
    case .trl, .messagePairs: try decoder.decode(PairRow.self, from: bytes).samples(id: id)
    case .mtmc: try decoder.decode(MTMCRow.self, from: bytes).samples(id: id)
    case .prompts: throw DataError.malformedRow(reason: "a prompt without responses")
    }
  }
}
