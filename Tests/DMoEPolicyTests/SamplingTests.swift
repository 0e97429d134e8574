import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEPolicy

@Suite struct SamplingTests {
  /// transformers computes in single precision too: 1e-6 of a probability.
  @Test func whatIsLeftIsWhatTransformersLeaves() throws {
    let fixture = try PolicyFixture.distributions()
    for compute in everyBackend {
      for row in fixture.rows {
        let draw = TokenDraw(row.settings.sampling, compute)
        let found = try #require(draw.probabilities(fixture.logits, seen: Set(fixture.seen)))
        expectClose(found, row.probabilities, 2e-6, relativeTo: 1, "\(row.settings)")
        #expect(found.map { $0 == 0 } == row.probabilities.map { $0 == 0 }, "\(row.settings)")
      }
    }
  }

  /// Seeds are fixed, so that the statistic is always the same number.
  @Test func tokensAreDrawnAsOftenAsTheyAreProbable() throws {
    let fixture = try PolicyFixture.distributions()
    let draws = 20_000
    for (index, row) in fixture.rows.enumerated() {
      let draw = TokenDraw(row.settings.sampling, .reference)
      let scratch = TokenDraw.Scratch(vocabulary: fixture.logits.count)
      let source = SampleSource(seed: 17, prompt: [1, 2, 3], sample: index)
      var counts = [Int](repeating: 0, count: fixture.logits.count)
      fixture.logits.withUnsafeBufferPointer { logits in
        for position in 0..<draws {
          let token = draw(logits, seen: Set(fixture.seen), uniform: source.uniform(at: position), scratch)
          counts[Int(token?.id ?? 0)] += 1
        }
      }
      let test = ChiSquare(counts, expected: row.probabilities)
      #expect(test.statistic < test.critical, "\(row.settings): \(test)")
      // The test notices another temperature.
      let other = TokenDraw(Sampling(temperature: 0.9 * (row.settings.temperature ?? 1)), .reference)
      if row.settings.top_k != 1, row.settings.top_p != 1e-6 {
        let wrong = try #require(other.probabilities(fixture.logits, seen: []))
        #expect(ChiSquare(counts, expected: wrong).isRefused, "\(row.settings)")
      }
    }
  }

  @Test func firstTokensOfSamplesAreDrawnFromTheModelsProbabilities() throws {
    let model = try PolicyFixture.model("mistral")
    let prompt: [Int32] = [5, 44, 12]
    let size = model.backbone.configuration.vocabularySize
    let exact = try model.logProbabilities(
      of: (0..<size).map { [Int32($0)] }, after: prompt, temperature: 1.5
    ).map { exp(Double($0[0])) }
    #expect(abs(exact.reduce(0, +) - 1) < 1e-5)
    let options = GenerationOptions(
      maximumTokens: 1, sampling: Sampling(temperature: 1.5), seed: 3, stopTokens: [])
    let samples = try model.generate(ids: [prompt], count: 6000, options: options)[0]
    var counts = [Int](repeating: 0, count: size)
    for sample in samples {
      counts[Int(sample.ids[0])] += 1
      #expect(abs(Double(sample.tokens[0].sampledLogProbability) - log(exact[Int(sample.ids[0])])) < 1e-5)
    }
    let test = ChiSquare(counts, expected: exact)
    #expect(test.statistic < test.critical, "\(test)")
  }

  @Test func logProbabilitiesAreOfTheDistributionThatWasDrawnFrom() throws {
    let fixture = try PolicyFixture.distributions()
    for row in fixture.rows {
      let draw = TokenDraw(row.settings.sampling, .reference)
      let scratch = TokenDraw.Scratch(vocabulary: fixture.logits.count)
      try fixture.logits.withUnsafeBufferPointer { logits in
        for uniform in stride(from: 0.0, to: 1, by: 0.037) {
          let token = try #require(draw(logits, seen: Set(fixture.seen), uniform: uniform, scratch))
          let expected = log(row.probabilities[Int(token.id)])
          #expect(abs(Double(token.sampledLogProbability) - expected) < 1e-5, "\(row.settings)")
        }
      }
    }
  }

  @Test func aTokenThatIsCutOffIsNeverDrawn() throws {
    let logits: [Float] = (0..<3000).map { $0 == 2999 ? 3 : $0 == 5 ? 2.5 : -Float($0 % 7) }
    let draw = TokenDraw(Sampling(topK: 2), .reference)
    let scratch = TokenDraw.Scratch(vocabulary: logits.count)
    let ids = logits.withUnsafeBufferPointer { logits in
      [0, 0.3, 0.377, 0.378, 0.9, 1 - 0x1p-53].map { draw(logits, seen: [], uniform: $0, scratch)?.id }
    }
    #expect(Set(ids) == [5, 2999] && ids.first == 5 && ids.last == 2999)
  }

  @Test func equalNumbersAreCutByPlace() {
    var weights: [Float] = [0.2, 0.1, 0.2, 0.2, 0.1, 0.2]
    WeightCut.keepMass(0.5, &weights)
    #expect(weights == [0.2, 0, 0.2, 0.2, 0, 0])
    let numbers: [Float] = [-1, 4, -.infinity, 4, 2, -0.5]
    numbers.withUnsafeBufferPointer { numbers in
      #expect((1...6).map { WeightCut.greatest($0, of: numbers) } == [4, 4, 2, -0.5, -1, -.infinity])
    }
  }

  /// Against sorting everything, on rows with numbers of every size.
  @Test func cutsAreThoseOfASortedRow() {
    for seed in 0..<40 {
      let row = randomMatrix(1, 700, seed: UInt64(seed), scale: Float(1 + seed)).elements
      let sorted = row.sorted(by: >)
      row.withUnsafeBufferPointer { row in
        for rank in [1, 2, 17, 350, 699, 700] { #expect(WeightCut.greatest(rank, of: row) == sorted[rank - 1]) }
      }
      let weights = row.map { exp($0) }
      let total = weights.reduce(0) { $0 + Double($1) }
      for share in [0, 0.01, 0.3, 0.7, 0.99, 1] {
        var cut = weights
        WeightCut.keepMass(share, &cut)
        var before = 0.0
        var kept: Set<Int> = []
        for index in weights.indices.sorted(by: { (weights[$1], $0) < (weights[$0], $1) }) {
          if !kept.isEmpty, before >= share * total { break }
          kept.insert(index)
          before += Double(weights[index])
        }
        #expect(Set(cut.indices.filter { cut[$0] > 0 }) == kept, "\(share)")
      }
    }
  }

  @Test func numbersDependOnSeedPromptSampleAndPosition() {
    let base = SampleSource(seed: 1, prompt: [1, 2], sample: 0).uniform(at: 0)
    let others = [
      SampleSource(seed: 2, prompt: [1, 2], sample: 0).uniform(at: 0),
      SampleSource(seed: 1, prompt: [2, 1], sample: 0).uniform(at: 0),
      SampleSource(seed: 1, prompt: [1, 2, 0], sample: 0).uniform(at: 0),
      SampleSource(seed: 1, prompt: [1, 2], sample: 1).uniform(at: 0),
      SampleSource(seed: 1, prompt: [1, 2], sample: 0).uniform(at: 1),
    ]
    #expect(Set(others + [base]).count == 6 && (others + [base]).allSatisfy { (0..<1).contains($0) })
    #expect(SampleSource(seed: 1, prompt: [1, 2], sample: 0).uniform(at: 0) == base)
  }
}

/// Pearson's test of counts against probabilities.
struct ChiSquare: CustomStringConvertible {
  var statistic = 0.0
  var degrees = -1
  /// Whether something was drawn that has no probability.
  var isImpossible = false

  init(_ counts: [Int], expected: [Double]) {
    let total = Double(counts.reduce(0, +))
    var rest = (count: 0.0, expected: 0.0)
    func add(_ count: Double, _ expected: Double) {
      statistic += (count - expected) * (count - expected) / expected
      degrees += 1
    }
    for (count, probability) in zip(counts, expected) {
      if probability == 0, count > 0 { isImpossible = true }
      // Rare ones are counted together.
      if probability * total >= 5 {
        add(Double(count), probability * total)
      } else {
        rest = (rest.count + Double(count), rest.expected + probability * total)
      }
    }
    if rest.expected > 1 { add(rest.count, rest.expected) }
    if isImpossible { statistic = .infinity }
  }

  /// What it stays below in 999 of 1000 cases (Wilson and Hilferty's approximation).
  var critical: Double {
    guard degrees > 0 else { return 1e-9 }
    let spread = 2 / (9 * Double(degrees))
    return Double(degrees) * pow(1 - spread + 3.09 * spread.squareRoot(), 3)
  }

  var isRefused: Bool { statistic > critical }
  var description: String { "\(statistic) of \(critical) with \(degrees) degrees of freedom" }
}
