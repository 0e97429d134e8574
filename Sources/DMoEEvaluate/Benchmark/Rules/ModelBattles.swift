/// How far rewards rank the models that wrote responses as people's votes do.
struct ModelBattles {
  /// A way to compare the two rankings.
  enum Measure: String, CaseIterable {
    case spearman = "ranking of models, Spearman"
    case kendall = "ranking of models, Kendall"
    case rows = "win rates by model, Pearson"
  }

  /// A pair of responses by two models, with what it is worth to the first: 1, 0.5 or 0.
  private struct Battle {
    var first: Int
    var second: Int
    var vote: Double
    var reward: Double
  }

  private let battles: [Battle]
  private let count: Int

  init(_ items: [ScoredItem]) {
    let names = Set(items.flatMap(\.item.writers)).sorted()
    let places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    count = names.count
    battles = items.map { item in
      let writers = item.item.writers.compactMap { places[$0] }
      let isCorrect = item.item.isCorrect
      return Battle(
        first: writers.first ?? 0, second: writers.last ?? 0,
        vote: isCorrect[0] == isCorrect[1] ? 0.5 : isCorrect[0] ? 1 : 0,
        reward: ScoredPair.credit(item.rewards[0] - item.rewards[1]))
    }
  }

  /// The comparison over the battles at some places, repetitions included; nil where one side does not vary.
  func value(of measure: Measure, _ places: [Int]) -> Double? {
    var votes = WinTable(count: count)
    var rewards = WinTable(count: count)
    for place in places {
      let battle = battles[place]
      guard battle.first != battle.second else { continue }
      votes.add(battle.first, battle.second, battle.vote)
      rewards.add(battle.first, battle.second, battle.reward)
    }
    switch measure {
    case .spearman: return Correlation.spearman(votes.strengths, rewards.strengths)
    case .kendall: return Correlation.kendall(votes.strengths, rewards.strengths)
    case .rows:
      let rows = (0..<count).compactMap { row in
        let own = (0..<count).filter { $0 != row && votes.battles(row, $0) > 0 }
        return Correlation.pearson(own.map { votes.rate(row, $0) }, own.map { rewards.rate(row, $0) })
      }
      return rows.isEmpty ? nil : rows.reduce(0, +) / Double(rows.count)
    }
  }
}

/// Wins of players over each other, draws half, and the strengths that they speak for.
struct WinTable {
  private let count: Int
  private var wins: [Double]
  private var games: [Double]

  /// - Parameter count: The number of players.
  init(count: Int) {
    self.count = count
    wins = Array(repeating: 0, count: count * count)
    games = wins
  }

  /// Adds a game between two different players, with what it is worth to the first: 1, 0.5 or 0.
  mutating func add(_ first: Int, _ second: Int, _ credit: Double) {
    wins[first * count + second] += credit
    wins[second * count + first] += 1 - credit
    games[first * count + second] += 1
    games[second * count + first] += 1
  }

  /// The number of games between two players.
  func battles(_ first: Int, _ second: Int) -> Double { games[first * count + second] }

  /// The share of games that the first won.
  func rate(_ first: Int, _ second: Int) -> Double { wins[first * count + second] / games[first * count + second] }

  /// Bradley–Terry strengths, by minorization and maximization (Hunter, 2004, Annals of Statistics 32).
  ///
  /// Each player also draws once with one of strength 1, so that who never won has a strength, too.
  var strengths: [Double] {
    var strengths = [Double](repeating: 1, count: count)
    for _ in 0..<200 {
      var change = 0.0
      let before = strengths
      for i in 0..<count {
        var won = 0.5
        var expected = 1 / (before[i] + 1)
        for j in 0..<count where games[i * count + j] > 0 {
          won += wins[i * count + j]
          expected += games[i * count + j] / (before[i] + before[j])
        }
        strengths[i] = won / expected
        change = max(change, abs(strengths[i] - before[i]) / before[i])
      }
      if change < 1e-6 { break }
    }
    return strengths
  }
}
