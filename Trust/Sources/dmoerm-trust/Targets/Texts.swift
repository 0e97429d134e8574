import Foundation

@testable @_spi(Command) import DMoEData
@testable @_spi(Command) import DMoEEvaluate
@testable import DMoEFoundation

extension FuzzTarget {
  /// Rows and JSON.
  static let texts: [FuzzTarget] = [json, preferences, benchmarks, rewards, taxonomy]

  /// JSON by every dialect: what is read is read again from what is written of it.
  private static let json = FuzzTarget("json", mutator: JSONMutator.mutate) { bytes in
    for dialect in [JSONDialect.strict, .python, .reply] {
      guard let value = try? JSONReader.value(of: bytes, dialect) else { continue }
      let again = try must("\(value) cannot be read again") { try JSONReader.value(of: Data(value.json.utf8), dialect) }
      try require(again == value, "other JSON when it is read again")
    }
    // Foundation takes whatever is JSON by the letter.
    if let value = try? JSONReader.value(of: bytes, .strict), value.isOfDoubles {
      _ = try must("Foundation does not take it") {
        try JSONSerialization.jsonObject(with: bytes, options: .fragmentsAllowed)
      }
    }
  }

  /// Rows in every format; samples are written natively and read again.
  private static let preferences = FuzzTarget("preferences", mutator: JSONMutator.mutateLines) { bytes in
    for options in [ReadingOptions(skipsInvalidLines: true), ReadingOptions(taxonomy: .paper, dropsUnknownNames: true)]
    {
      guard let (samples, _) = try? PreferenceReader.readAll(JSONLines(data: bytes, name: "rows"), options: options)
      else {
        continue
      }
      let lines = samples.reduce(into: Data()) { $0 += PreferenceWriter.line(for: $1) }
      let native = ReadingOptions(format: .native)
      let again = try must("samples cannot be written and read") {
        try PreferenceReader.readAll(JSONLines(data: lines, name: "again"), options: native).samples
      }
      try require(again == samples, "other samples when they are read again")
    }
    var scoring = ScoringReader(JSONLines(data: bytes, name: "rows"))
    while try scoring.next() != nil {}
    _ = try? PromptReader.readAll(JSONLines(data: bytes, name: "rows"))
  }

  private static let benchmarks = FuzzTarget("benchmarks", mutator: JSONMutator.mutateLines) { bytes in
    let rows = try JSONRows(data: bytes, name: "rows.jsonl")
    for benchmark in Benchmark.allCases {
      guard let (items, _) = try? benchmark.read([rows]) else { continue }
      for item in items { try require(!item.responses.isEmpty, "an item without responses") }
    }
  }

  private static let rewards = FuzzTarget("rewards", mutator: JSONMutator.mutateLines) { bytes in
    let file = try RewardFile(JSONRows(data: bytes, name: "rewards.jsonl"))
    for line in file.lines {
      try require(line.rewards?.allSatisfy(\.isFinite) ?? true, "a reward that is no number")
      let again = try must("a line cannot be written and read") {
        try RewardFile(JSONRows(data: line.json, name: "again.jsonl")).lines
      }
      try require(again == [line], "another line of rewards when it is read again")
    }
  }

  private static let taxonomy = FuzzTarget("taxonomy", mutator: JSONMutator.mutate) { bytes in
    let taxonomy = try Taxonomy(contentsOf: Scratch.file("taxonomy.json", bytes))
    let again = try must("the taxonomy cannot be written and read") {
      try Taxonomy(contentsOf: Scratch.file("again.json", taxonomy.json()))
    }
    try require(again == taxonomy, "another taxonomy when it is read again")
  }
}

extension JSONValue {
  /// Whether a Double holds every number in it, and no text has a NUL, which Foundation's keys end at.
  fileprivate var isOfDoubles: Bool {
    switch self {
    case .number(let digits): digits.utf8.count < 16 && Double(digits)?.isFinite == true && digits != "-0"
    case .array(let values): values.allSatisfy(\.isOfDoubles)
    case .object(let object): object.members.allSatisfy(\.value.isOfDoubles)
    default: true
    }
  }
}
