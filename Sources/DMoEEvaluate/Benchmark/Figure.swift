import DMoEData

/// A figure of some rewards, before it is set beside that of the longer reply.
struct Figure {
  let name: String
  let items: Int
  let prompts: Int
  let value: Double
  let interval: ClosedRange<Double>

  /// Beside what choosing the longer reply gets.
  func score(longerReply: Double) -> BenchmarkScore {
    BenchmarkScore(
      name: name, items: items, prompts: prompts, value: value, lower: interval.lowerBound, upper: interval.upperBound,
      longerReply: longerReply)
  }

  /// The mean of what items are worth; nil without items that count.
  ///
  /// - Parameter credit: In 0 ... 1; nil for an item that does not count.
  static func mean(_ name: String, _ items: [ScoredItem], _ credit: (ScoredItem) -> Double?) -> Figure? {
    mean(name, [(items, 1)], credit)
  }

  /// The weighted mean of several such means, those without items left out; nil if all are.
  static func mean(
    _ name: String, _ parts: [(items: [ScoredItem], weight: Double)], _ credit: (ScoredItem) -> Double?
  ) -> Figure? {
    var share = GroupedShare(weights: parts.map(\.weight))
    for (stratum, part) in parts.enumerated() {
      for item in part.items {
        if let credit = credit(item) { share.add(credit, group: item.prompt, stratum: stratum) }
      }
    }
    return share.value.map {
      Figure(name: name, items: share.count, prompts: share.groupCount, value: $0, interval: share.interval)
    }
  }

  /// The weighted mean of figures that share no prompts.
  ///
  /// The squares of their own distances to each end add up (square and add: Newcombe, 1998, Statistics in Medicine 17; Zou and
  /// Donner, 2008), so that a share of 0 or 1 leaves an interval, too.
  static func mean(_ name: String, of figures: [Figure]) -> Figure? {
    guard !figures.isEmpty else { return nil }
    let count = Double(figures.count)
    let value = figures.reduce(0) { $0 + $1.value } / count
    func distance(_ end: (Figure) -> Double) -> Double {
      figures.reduce(0) { $0 + (end($1) - $1.value) * (end($1) - $1.value) / (count * count) }.squareRoot()
    }
    return Figure(
      name: name, items: figures.reduce(0) { $0 + $1.items }, prompts: figures.reduce(0) { $0 + $1.prompts },
      value: value, interval: value - distance(\.interval.lowerBound)...value + distance(\.interval.upperBound))
  }

  /// A figure that is no mean over items, with its interval by resampling groups of them.
  ///
  /// - Parameters:
  ///   - resamples: Whether the interval is wanted; it takes two thousand times as long as the value.
  ///   - group: The group of the item at a place, which is drawn as a whole; the prompt, if it is not given.
  ///   - statistic: Of the items at some places, repetitions included; nil where it is not defined.
  static func resampled(
    _ name: String, _ items: [ScoredItem], resamples: Bool, by group: ((Int) -> Int)? = nil,
    _ statistic: ([Int]) -> Double?
  ) -> Figure? {
    guard let value = statistic(Array(items.indices)) else { return nil }
    var numbers: [Int: Int] = [:]
    // In the order in which they are met, so that the same items give the same interval.
    var groups: [[Int]] = []
    for place in items.indices {
      let key = group.map { $0(place) } ?? items[place].prompt
      let number = numbers[key] ?? groups.count
      if number == groups.count {
        numbers[key] = number
        groups.append([])
      }
      groups[number].append(place)
    }
    let interval =
      resamples
      ? Bootstrap.interval(clusters: groups.count) { chosen in statistic(chosen.flatMap { groups[$0] }) } : nil
    return Figure(
      name: name, items: items.count, prompts: groups.count, value: value, interval: interval ?? value...value)
  }
}
