@_spi(Command) import DMoERM

/// What a data file holds, by counting.
struct DataSummary: Encodable, Equatable {
  /// Smallest, middle and largest of some numbers.
  struct Spread: Encodable, Equatable {
    var least = 0
    var median = 0
    var most = 0

    init(_ values: [Int]) {
      let sorted = values.sorted()
      guard let first = sorted.first, let last = sorted.last else { return }
      (least, median, most) = (first, sorted[sorted.count / 2], last)
    }
  }

  var file: String
  var format: String?
  var lines: Int
  var invalidLines: Int
  var firstErrors: [String]
  /// Keys of rows that nothing was done with.
  var keysNotRead: [String]
  /// Samples of overall preference, and of capability points.
  var overallSamples = 0
  var capabilitySamples = 0
  /// Prompts of files without preferences.
  var prompts = 0
  var pairs = 0
  var tiedPairs = 0
  /// Pairs whose chosen response has more characters; ties in length count half.
  var longerIsChosen = 0.0
  var distinctPrompts = 0
  var turns = Spread([])
  var responses = Spread([])
  /// Characters.
  var promptLength = Spread([])
  var responseLength = Spread([])
  /// Samples by category, then by capability point; "-" is none.
  var categories: [String: [String: Int]] = [:]
  var sources: [String: Int] = [:]
  var languages: [String: Int] = [:]

  init(file: String, samples: [RankedResponses], report: ReadingReport) {
    self.init(file: file, report: report)
    for sample in samples {
      if sample.capability == nil { overallSamples += 1 } else { capabilitySamples += 1 }
      categories[sample.category ?? "-", default: [:]][sample.capability ?? "-", default: 0] += 1
      sources[sample.source ?? "-", default: 0] += 1
      languages[sample.language ?? "-", default: 0] += 1
    }
    let overall = samples.filter { $0.capability == nil }
    let counted = overall.isEmpty ? samples : overall
    for sample in counted {
      let lengths = sample.responses.map(\.count)
      for pair in sample.pairs {
        pairs += 1
        let (chosen, rejected) = (lengths[pair.chosen], lengths[pair.rejected])
        longerIsChosen += chosen > rejected ? 1 : chosen == rejected ? 0.5 : 0
      }
      tiedPairs += sample.tiedPairs.count
    }
    measure(counted.map(\.conversation))
    distinctPrompts = Set(samples.map(\.conversation)).count
    responses = Spread(counted.map(\.responses.count))
    responseLength = Spread(counted.flatMap { $0.responses.map(\.count) })
  }

  init(file: String, prompts: [CategorizedPrompt], report: ReadingReport) {
    self.init(file: file, report: report)
    self.prompts = prompts.count
    for prompt in prompts {
      categories[prompt.category ?? "-", default: [:]]["-", default: 0] += 1
      sources[prompt.source ?? "-", default: 0] += 1
      languages[prompt.language ?? "-", default: 0] += 1
    }
    measure(prompts.map(\.conversation))
    distinctPrompts = Set(prompts.map(\.conversation)).count
  }

  private init(file: String, report: ReadingReport) {
    self.file = file
    format = report.format?.rawValue
    lines = report.lineCount
    invalidLines = report.invalidLineCount
    firstErrors = report.firstErrors.map { "\($0)" }
    keysNotRead = report.keysNotRead
  }

  private mutating func measure(_ conversations: [Conversation]) {
    turns = Spread(conversations.map(\.turns.count))
    promptLength = Spread(conversations.map { $0.turns.reduce(0) { $0 + $1.content.count } })
  }

  func lines(_ terminal: Terminal) -> [String] {
    func spread(_ spread: Spread) -> String { "\(spread.least) to \(spread.most), median \(spread.median)" }
    func counts(_ counts: [String: Int]) -> String? {
      if counts.keys.allSatisfy({ $0 == "-" }) { return nil }
      return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\($0.key == "-" ? "none" : $0.key.onOneLine) \($0.value)" }.joined(separator: ", ")
    }
    let facts = FactList([
      ("file", file),
      ("format", format),
      ("lines", "\(lines)" + (invalidLines > 0 ? ", of them \(invalidLines) invalid" : "")),
      ("samples", prompts > 0 ? nil : "\(overallSamples) overall, \(capabilitySamples) of capability points"),
      ("prompts", prompts > 0 ? "\(prompts), \(distinctPrompts) different" : "\(distinctPrompts) different"),
      ("responses", prompts > 0 ? nil : spread(responses)),
      (
        "pairs",
        prompts > 0
          ? nil
          : "\(pairs)" + (tiedPairs > 0 ? " and \(tiedPairs) ties" : "")
            + (pairs > 0 ? "; the longer is chosen in \(Numbers.percent(longerIsChosen / Double(pairs)))" : "")
      ),
      ("turns", spread(turns)),
      ("prompt length", spread(promptLength) + " characters"),
      ("response length", prompts > 0 ? nil : spread(responseLength) + " characters"),
      ("sources", counts(sources)),
      ("languages", counts(languages)),
      ("keys not read", keysNotRead.isEmpty ? nil : keysNotRead.map(\.onOneLine).joined(separator: ", ")),
    ]).lines(terminal)
    var table = TextTable([("category", .left), ("capability point", .left), ("samples", .right)])
    for (category, points) in categories.sorted(by: { $0.key < $1.key }) {
      let name = category == "-" ? "(none)" : category.onOneLine
      for (index, (point, count)) in points.sorted(by: { $0.key < $1.key }).enumerated() {
        table.rows.append([index == 0 ? name : "", point == "-" ? "(overall)" : point.onOneLine, "\(count)"])
      }
    }
    return facts + firstErrors.map { "  \($0)" } + [""] + table.lines(terminal)
  }
}
