import DMoECore
import DMoEData
import DMoEModel
import Testing
import _TestSupport

@testable import DMoETrain

/// Warm starts on made-up states.
@Suite struct WarmStartTests {
  /// Pairs of states of which the chosen one is better along `truth`, or at random without it.
  private static func problem(
    pairs: Int, features: Int, truth: Matrix?, seed: UInt64, source: String? = nil
  ) throws -> (states: Matrix, examples: [RankedExample]) {
    let model = try TinyRun.model()
    let states = randomMatrix(2 * pairs, features, seed: seed)
    let examples = try (0..<pairs).map { pair in
      var isFirst = pair % 2 == 0
      if let truth {
        func reward(_ row: Int) -> Float { zip(states.row(row), truth.elements).reduce(0) { $0 + $1.0 * $1.1 } }
        isFirst = reward(2 * pair) > reward(2 * pair + 1)
      }
      return try #require(
        try RankedExample(
          RankedResponses(
            id: "\(pair)", source: source, conversation: try Conversation(prompt: "Q \(pair)"), responses: ["a", "b"],
            ranks: isFirst ? [1, 2] : [2, 1]), model.reader, RankingLoss()))
    }
    return (states, examples)
  }

  /// With fewer pairs than features the fit goes through the pairs' own space, whose Gram matrix is lifted by 1e-5
  /// of its mean diagonal.
  @Test(arguments: [false, true]) func fewPairsGiveThePrimalSolution(hasStart: Bool) throws {
    let (pairs, features) = (6, 40)
    let (states, examples) = try Self.problem(
      pairs: pairs, features: features, truth: randomMatrix(1, features, seed: 3), seed: 4)
    let scale = randomMatrix(1, features, seed: 5).combined(with: Matrix(zeros: 1, features)) { x, _ in 1 + x * x }
    let start = hasStart ? randomMatrix(1, features, seed: 6, scale: 0.5) : nil
    let differences = PairDifferences(states, examples, scale: scale)
    let found = try WarmStart.direction(differences, start: start, ridges: [0.1], fastCompute)
    let margins = start.map { start in
      (0..<pairs).map { pair in
        -zip(differences.differences.row(pair), start.elements).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      }
    }
    let primal = try RankingRegression(
      differences: differences.differences, pairWeights: differences.weights, softLabels: differences.labels,
      margins: margins,
      options: .init(ridge: 0.1), compute: fastCompute)
    let expected = zip(primal.weights, start?.elements ?? [Float](repeating: 0, count: features)).map { $0 + $1 }
    #expect(primal.converged)
    expectClose(found.elements, expected, 1e-3)
  }

  @Test func pairsAreStandardisedDifferencesOfChosenAndRejected() throws {
    let (states, examples) = try Self.problem(pairs: 2, features: 3, truth: nil, seed: 8)
    let scale = Matrix(row: [1, 2, 4])
    let pairs = PairDifferences(states, examples, scale: scale)
    for feature in 0..<3 {
      // The first example's first response is chosen, the second's second.
      #expect(pairs.differences[0, feature] == (states[0, feature] - states[1, feature]) * scale[0, feature])
      #expect(pairs.differences[1, feature] == (states[3, feature] - states[2, feature]) * scale[0, feature])
    }
    #expect(pairs.weights == [1, 1] && pairs.labels == [1, 1] && pairs.offsets == [0, 0] && pairs.prompts == [0, 1])
  }

  /// Labels by chance leave the start as it is, to the last bit; labels that say something correct it.
  @Test func aStartIsCorrectedOnlyWhereThatGains() throws {
    let features = 4
    let truth = randomMatrix(1, features, seed: 3)
    let scale = Matrix(repeating: 1, 1, features)
    func found(_ start: Matrix, labels: Matrix?) throws -> Matrix {
      let (states, examples) = try Self.problem(pairs: 60, features: features, truth: labels, seed: 12)
      return try WarmStart.direction(
        PairDifferences(states, examples, scale: scale), start: start, ridges: [0.1, 1, 100], fastCompute)
    }
    let start = truth.combined(with: truth) { -($0 + $1) / 20 }
    #expect(try found(start, labels: nil) == start)
    let corrected = try found(start, labels: truth)
    #expect(zip(corrected.elements, truth.elements).reduce(0) { $0 + $1.0 * $1.1 } > 0)
  }

  /// What one source says corrects nothing that is common to all, unless another bears it out.
  @Test func aCorrectionHasToGainOnSourcesThatItHasNotSeen() throws {
    let features = 4
    let start = Matrix(zeros: 1, features)
    let scale = Matrix(repeating: 1, 1, features)
    let truth = randomMatrix(1, features, seed: 3)
    let opposite = truth.combined(with: truth) { -($0 + $1) / 2 }
    func found(_ truths: [Matrix], leavesSourcesOut: Bool = true, ridges: [Double] = [0.1, 1, 100]) throws -> Matrix {
      let parts = try truths.enumerated().map { place, truth in
        try Self.problem(pairs: 60, features: features, truth: truth, seed: UInt64(20 + place), source: "s\(place)")
      }
      let pairs = PairDifferences(Matrix(stacking: parts.map(\.states)), parts.flatMap(\.examples), scale: scale)
      #expect(Set(pairs.sources).count == truths.count)
      return try WarmStart.direction(
        pairs, start: start, ridges: ridges, leavesSourcesOut: leavesSourcesOut, fastCompute)
    }
    #expect(try found([truth]) == start && found([truth], leavesSourcesOut: false) != start)
    #expect(try found([truth, opposite]) == start)
    let borneOut = try found([truth, truth])
    #expect(zip(borneOut.elements, truth.elements).reduce(0) { $0 + $1.0 * $1.1 } > 0)
    // Also where there is no ridge to choose.
    #expect(try found([truth, opposite], ridges: [1]) == start && found([truth, truth], ridges: [1]) != start)
  }

  @Test func crossValidationChoosesAmongTheGivenRidges() throws {
    let features = 4
    let ridges = [1e-3, 1, 100]
    let truth = randomMatrix(1, features, seed: 3)
    func chosen(_ problem: (states: Matrix, examples: [RankedExample])) throws -> [Double] {
      let scale = Matrix(repeating: 1, 1, features)
      func fit(_ ridges: [Double]) throws -> Matrix {
        try WarmStart.direction(
          PairDifferences(problem.states, problem.examples, scale: scale), ridges: ridges, fastCompute)
      }
      let best = try fit(ridges)
      return try ridges.filter { try fit([$0]) == best }
    }
    // Labels that follow the states are worth following, labels that do not are not.
    #expect(try chosen(Self.problem(pairs: 60, features: features, truth: truth, seed: 11)) == [1e-3])
    #expect(try chosen(Self.problem(pairs: 60, features: features, truth: nil, seed: 12)) == [100])
    #expect(
      try chosen(Self.problem(pairs: 5, features: features, truth: truth, seed: 13)) == [100],
      "too few pairs to tell")
  }

  @Test func standardisationIsMeanAndDeviationByColumn() {
    let x = Matrix(2, 3, [1, 5, 7, 3, 5, -1])
    let standardized = Standardization(of: x)
    #expect(standardized.shift.elements == [2, 5, 3])
    #expect(standardized.scale.elements == [1, 1e4, 0.25])
  }

  /// Experts that say the opposite of what overall preferences say, beside a base that knows them: the base's reward is
  /// where the aggregator begins. Experts that know better than the base are.
  @Test func anAggregatorStartsFromTheBaseWhereTheExpertsAreWorse() throws {
    let features = 3
    let truth = randomMatrix(1, features, seed: 3)
    let (states, examples) = try Self.problem(pairs: 6, features: features, truth: truth, seed: 12)
    let opposite = ValueHead(truth.combined(with: truth) { -($0 + $1) / 2 })
    var places = 0
    let blocks = examples.map { example in
      let own = Matrix(
        example.ranking.responseCount, 2 * features,
        (0..<example.ranking.responseCount).flatMap { row in
          let state = Array(states.row(places + row))
          return state + state
        })
      places += own.rows
      return own
    }
    for (heads, base) in [([opposite, opposite], ValueHead(truth)), ([ValueHead(truth), ValueHead(truth)], opposite)] {
      var task = AggregatorTask(
        name: "aggregator/chat", aggregator: Aggregator(inputs: 2 * features, width: 4, seed: 2),
        data: PhaseData(training: examples), states: PhaseData(training: blocks),
        configuration: TrainingConfiguration(), compute: fastCompute)
      try task.start(from: heads, base: base)
      let expected = ValueHead(truth)(Graph(fastCompute), Variable(constant: states)).value.elements
      // Too few pairs to tell which correction gains anything.
      expectClose(task.rewards(blocks), expected, 2e-4)
    }
  }

  /// A deviation of its own for every channel; the aggregator sees channels through it.
  @Test func anAggregatorStartsExactlyLinear() {
    var aggregator = Aggregator(inputs: 6, width: 4, seed: 2)
    aggregator.shift = randomMatrix(1, 6, seed: 3)
    aggregator.scale = Matrix(row: [1, 2, 0.5, 1, 3, 1])
    let direction = randomMatrix(1, 6, seed: 4)
    aggregator.start(from: direction)
    let v = randomMatrix(20, 6, seed: 5, scale: 3)
    let rewards = aggregator(Graph(fastCompute), Variable(constant: v)).value.elements
    let expected = (0..<20).map { row in
      (0..<6).reduce(Float(0)) { sum, c in
        sum + direction[0, c] * (v[row, c] - aggregator.shift[0, c]) * aggregator.scale[0, c]
      }
    }
    expectClose(rewards, expected, 2e-6)
  }
}
