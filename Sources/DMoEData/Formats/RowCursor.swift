import Foundation

/// Goes through the rows of a file, finds their format and applies the policy for invalid lines.
struct RowCursor: ~Copyable, Sendable {
  private var lines: JSONLines
  private let options: ReadingOptions
  private let name: String
  private(set) var report = ReadingReport()

  init(_ lines: consuming JSONLines, options: ReadingOptions) {
    name = lines.file.split(separator: "/").last.map(String.init) ?? lines.file
    self.lines = lines
    self.options = options
    report.format = options.format
  }

  /// The preference samples of the next valid line; an empty list if all were left out, nil at the end.
  mutating func nextSamples() throws(DataError) -> [RankedResponses]? {
    let keepsUnranked = options.keepsUnrankedRows
    return try next { (row, format, id, notes) throws(DataError) in
      try Self.samples(row, format, id, keepsUnranked, &notes)
    } labels: {
      ($0.category, $0.capability)
    } relabel: {
      $0.labeled(category: $1, capability: $2)
    }
  }

  /// The prompt of the next valid line, of whichever format; nil at the end.
  mutating func nextPrompts() throws(DataError) -> [CategorizedPrompt]? {
    let keepsUnranked = options.keepsUnrankedRows
    return try next { (row, format, id, notes) throws(DataError) in
      if format == .prompts { return [try PromptRow(row, &notes).sample(id: id)] }
      // A row that ranks its responses several times still has one prompt.
      return try Self.samples(row, format, id, keepsUnranked, &notes).prefix(1).map { CategorizedPrompt($0) }
    } labels: {
      ($0.category, nil)
    } relabel: { prompt, category, _ in
      CategorizedPrompt(prompt, category: category)
    }
  }

  private typealias Decode<Sample> = (RowObject, PreferenceFormat, String, inout RowNotes) throws(DataError) -> [Sample]

  private mutating func next<Sample>(
    decode: Decode<Sample>,
    labels: (Sample) -> (category: String?, capability: String?),
    relabel: (Sample, String?, String?) -> Sample
  ) throws(DataError) -> [Sample]? {
    while true {
      do throws(DataError) {
        guard let line = try lines.next() else {
          try checkAnyIsValid()
          return nil
        }
        do {
          return try row(line, decode, labels, relabel)
        } catch {
          throw .badLine(file: lines.file, line: line.number, reason: RowReason.describe(error))
        }
      } catch {
        guard case .badLine = error, options.skipsInvalidLines else { throw error }
        report.skip(error)
      }
    }
  }

  private mutating func row<Sample>(
    _ line: JSONLines.Line, _ decode: Decode<Sample>,
    _ labels: (Sample) -> (category: String?, capability: String?), _ relabel: (Sample, String?, String?) -> Sample
  ) throws -> [Sample] {
    let object = try RowObject(line.value())
    guard let format = report.format ?? PreferenceFormat.detect(object) else {
      throw DataError.malformedRow(reason: Self.noFormat)
    }
    var notes = RowNotes()
    let decoded = try decode(object, format, "\(name):\(line.number)", &notes)
    var samples: [Sample] = []
    for sample in decoded {
      let (category, capability) = labels(sample)
      if let names = try options.resolve(category: category, capability: capability) {
        samples.append(relabel(sample, names.category, names.capability))
      }
    }
    // Only a line that is valid as a whole settles the format and counts.
    report.format = format
    report.add(notes)
    report.validLineCount += 1
    report.sampleCount += samples.count
    report.leftOutCount += decoded.count - samples.count
    return samples
  }

  private static let noFormat = "the keys are those of no known format"

  /// A file of which no line is of use is told apart by why that is.
  private func checkAnyIsValid() throws(DataError) {
    guard report.lineCount > 0, report.validLineCount == 0 else { return }
    let isForeign = report.firstErrors.allSatisfy {
      if case .badLine(_, _, Self.noFormat) = $0 { true } else { false }
    }
    guard !isForeign else { throw .unknownFormat(file: lines.file) }
    throw .noValidLine(file: lines.file, lines: report.lineCount, first: report.firstErrors)
  }

  private static func samples(
    _ row: RowObject, _ format: PreferenceFormat, _ id: String, _ keepsUnranked: Bool,
    _ notes: inout RowNotes
  ) throws(DataError) -> [RankedResponses] {
    switch format {
    case .native:
      let row = try NativeRow(row, &notes)
      return try keepsUnranked ? row.samplesOrTies(id: id) : row.samples(id: id)
    case .trl, .messagePairs: return try PairRow(row, &notes).samples(id: id)
    case .mtmc: return try MTMCRow(row, &notes).samples(id: id)
    case .prompts:
      throw .malformedRow(reason: "a prompt without \"responses\" and \"ranks\", or \"chosen\" and \"rejected\"")
    }
  }
}
