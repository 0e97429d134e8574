@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM

/// The good responses of some files: the best of preferences, or those of rows that have one response.
struct GoodResponses {
  private(set) var samples: [RankedResponses] = []
  private(set) var rows: [PerturbationRow] = []
  private(set) var notes: [String] = []

  init(_ files: [DataFile], _ options: ReadingOptions) throws {
    for file in files {
      if try Self.hasSingleResponses(file, options) {
        try read(file, options)
      } else {
        let (samples, report) = try file.samples(options)
        self.samples += samples
        notes += report.notes(file.name)
      }
    }
  }

  /// Whether the first row of a file has one response; standard input, which is read once, has preferences.
  private static func hasSingleResponses(_ file: DataFile, _ options: ReadingOptions) throws -> Bool {
    guard !file.isStandardInput, options.format == nil else { return false }
    var reader = ScoringReader(try file.lines())
    guard case .success(let row)? = try reader.next()?.row else { return false }
    return !row.isList
  }

  private mutating func read(_ file: DataFile, _ options: ReadingOptions) throws {
    var reader = ScoringReader(try file.lines())
    var invalid: [String] = []
    var count = 0
    while let line = try reader.next() {
      count += 1
      do {
        let row = try line.row.get()
        guard let response = row.responses.first, row.responses.count == 1 else {
          throw DataError.malformedRow(reason: "responses: more than one, without ranks")
        }
        rows.append(
          try PerturbationRow(
            id: line.id.map { $0.trimmingQuotes } ?? "\(line.number)", conversation: row.conversation,
            response: response, category: try category(row.category, options)))
      } catch let error as DataError {
        let message = "\(file.name):\(line.number): \(error)"
        guard options.skipsInvalidLines else {
          throw Failure(message, hint: DataFile.Advice().skipping, status: .badInput)
        }
        invalid.append(message)
      }
    }
    if !reader.keysNotRead.isEmpty { notes.append(ReadingReport.note(keysNotRead: reader.keysNotRead, file.name)) }
    if !invalid.isEmpty {
      notes.append("\(file.name): \(Numbers.count(invalid.count, "invalid line")) of \(count) left out")
      notes += invalid.prefix(ReadingReport.keptErrorCount).map { "  \($0)" }
    }
  }

  private func category(_ name: String?, _ options: ReadingOptions) throws -> String? {
    guard let name, let taxonomy = options.taxonomy else { return name }
    guard let category = taxonomy.category(named: name) else { throw DataError.unknownCategory(name) }
    return category.id
  }
}

extension String {
  /// An identifier that is a text in JSON, without its quotes.
  fileprivate var trimmingQuotes: String {
    count > 2 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self
  }
}
