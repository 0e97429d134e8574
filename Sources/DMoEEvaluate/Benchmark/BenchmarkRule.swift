import DMoEData

/// How a benchmark reads rows and makes figures of rewards.
protocol BenchmarkRule {
  /// What the keys of a row do.
  static var keyUses: [String: KeyUse] { get }

  /// The item of a row.
  static func item(_ row: RowObject, at place: BenchmarkPlace, _ notes: inout RowNotes) throws(DataError)
    -> BenchmarkItem

  /// What keeps these items from being scored together, and the place of the one that it is said of; nil if nothing does.
  static func fault(in items: [BenchmarkItem]) -> (place: Int, reason: String)?

  /// What an item is worth by its rewards, in 0 ... 1; nil for one that does not count.
  static func credit(_ item: ScoredItem) -> Double?

  /// The figures, in the order of their tables.
  static func figures(_ items: [ScoredItem], _ setting: RuleSetting) -> RuleFigures

  /// The categories that the published set has, with their numbers of items; empty where they are not known, and the overall
  /// figure is that of the items there are, if the rule gives one.
  static var publishedItems: [String: Int] { get }
  /// Those of them that one may go without, all together.
  static var optionalCategories: Set<String> { get }
}

extension BenchmarkRule {
  static func fault(in items: [BenchmarkItem]) -> (place: Int, reason: String)? { nil }
  static var publishedItems: [String: Int] { [:] }
  static var optionalCategories: Set<String> { [] }
}

/// What figures depend on besides items and rewards.
struct RuleSetting {
  /// What differences of rewards are divided by to be log-odds.
  var temperature = 1.0
  /// Whether intervals are wanted that take resampling.
  var resamples = true
}

/// The figures of a benchmark by its own rules.
struct RuleFigures {
  /// Scores that belong together.
  struct Table {
    var title: String
    var unit = BenchmarkTable.Unit.share
    var figures: [Figure]
  }

  var tables: [Table]
  /// The one number that the benchmark is known by.
  var overall: Figure?
}

/// Where a row stands.
struct BenchmarkPlace {
  /// The file's name without folder and ending.
  var file: String
  /// The number of the line, from 1.
  var line: Int
}

extension [ScoredItem] {
  /// The items of each category, in the order of their names.
  var byCategory: [(category: String, items: [ScoredItem])] {
    Dictionary(grouping: self, by: \.category).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
