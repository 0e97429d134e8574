@_spi(Command) import DMoEData
import Foundation
import Testing

@Suite struct DatasetSplitTests {
  private let prompts: [Conversation] = (0..<4000).compactMap { try? Conversation(prompt: "prompt \($0)") }

  private func shares(_ parts: [PhaseSplit.Part]) -> [PhaseSplit.Part: Double] {
    parts.reduce(into: [:]) { $0[$1, default: 0] += 1 / Double(parts.count) }
  }

  @Test func theHashIsTheSameInEveryProcess() throws {
    // Computed independently: FNV-1a 64 over seed, then per turn role, UTF-8 and length; mixed by SplitMix64.
    #expect(SeededHash.mix(0) == 0xE220_A839_7B1D_CDAF, "first output of SplitMix64 from state 0")
    #expect(Conversation("abc").stableHash(seed: 7).value == 0x1123_7784_BBDB_E759)
    var hash = SeededHash()
    hash.combine("ab")
    hash.combine("c")
    var other = SeededHash()
    other.combine("a")
    other.combine("bc")
    #expect(hash.value != other.value)
  }

  @Test func equalConversationsHashAlike() {
    let (composed, decomposed) = (Conversation("caf\u{E9}"), Conversation("cafe\u{301}"))
    #expect(composed == decomposed)
    #expect(composed.stableHash().value == decomposed.stableHash().value)
  }

  @Test func rolesAndTurnBordersCount() throws {
    let variants = try [
      Conversation([.user("ab")]), Conversation([.user("a"), .user("b")]),
      Conversation([.system("a"), .user("b")]), Conversation([.assistant("a"), .user("b")]),
    ]
    #expect(Set(variants.map { $0.stableHash().value }).count == variants.count)
  }

  @Test func samplesOfOnePromptStayTogether() throws {
    let split = try DatasetSplit(fractions: [0.5, 0.3, 0.2], seed: 1)
    let all = try prompts.prefix(200).flatMap { prompt in
      try [sample(id: "a", prompt), sample(id: "b", prompt, ranks: [2, 1], category: "chat", capability: "logic")]
    }
    let parts = split.parts(of: all)
    #expect(parts.reduce(0) { $0 + $1.count } == all.count)
    let sets = parts.map { Set($0.map(\.conversation)) }
    #expect(sets[0].isDisjoint(with: sets[1]) && sets[0].isDisjoint(with: sets[2]) && sets[1].isDisjoint(with: sets[2]))
  }

  @Test func fractionsHoldOnAverage() throws {
    let split = try DatasetSplit(fractions: [0.5, 0.3, 0, 0.2], seed: 3)
    let counts = prompts.reduce(into: [0, 0, 0, 0]) { $0[split.part(of: $1)] += 1 }
    // Five standard deviations of a binomial share of 4000 are at most 0.04.
    for (count, fraction) in zip(counts, split.fractions) {
      #expect(abs(Double(count) / 4000 - fraction) < 0.04)
    }
    #expect(counts[2] == 0)
  }

  @Test func theSeedChoosesTheSplit() throws {
    let first = try DatasetSplit(fractions: [0.5, 0.5], seed: 1)
    let second = try DatasetSplit(fractions: [0.5, 0.5], seed: 2)
    let agreement = prompts.filter { first.part(of: $0) == second.part(of: $0) }.count
    // Independent halves agree on half of the prompts, within five standard deviations.
    #expect(abs(Double(agreement) / 4000 - 0.5) < 0.04)
  }

  @Test func fractionsMustBeOfOneWhole() {
    #expect(throws: DataError.invalidFractions([0.5, 0.4])) { try DatasetSplit(fractions: [0.5, 0.4], seed: 0) }
    #expect(throws: DataError.invalidFractions([1.5, -0.5])) { try DatasetSplit(fractions: [1.5, -0.5], seed: 0) }
    #expect(throws: DataError.self) { try DatasetSplit(fractions: [], seed: 0) }
    #expect(throws: DataError.self) { try PhaseSplit(validationFraction: .nan, seed: 0) }
    #expect(throws: DataError.self) {
      try JSONDecoder().decode(DatasetSplit.self, from: Data(#"{"fractions":[2],"seed":0}"#.utf8))
    }
  }

  // MARK: phases

  @Test func phaseSharesHoldOnAverage() throws {
    let split = try PhaseSplit(validationFraction: 0.3, seed: 5)
    let found = shares(prompts.map(split.part))
    let expected: [PhaseSplit.Part: Double] = [
      .baseTraining: 0.42, .baseValidation: 0.18, .aggregatorTraining: 0.28, .aggregatorValidation: 0.12,
    ]
    for part in PhaseSplit.Part.allCases { #expect(abs((found[part] ?? 0) - (expected[part] ?? 0)) < 0.04) }
  }

  @Test func anotherBaseFractionMovesNoPromptBetweenTrainingAndValidation() throws {
    let (first, second) = try (
      PhaseSplit(baseFraction: 0.6, validationFraction: 0.2, seed: 5),
      PhaseSplit(baseFraction: 0.3, validationFraction: 0.2, seed: 5)
    )
    for prompt in prompts {
      #expect(first.part(of: prompt).isValidation == second.part(of: prompt).isValidation)
    }
    #expect(prompts.contains { first.part(of: $0) != second.part(of: $0) })
  }

  @Test func extremeFractionsLeavePartsEmpty() throws {
    let all = try PhaseSplit(baseFraction: 1, validationFraction: 0, seed: 0)
    #expect(prompts.allSatisfy { all.part(of: $0) == .baseTraining })
    let none = try PhaseSplit(baseFraction: 0, validationFraction: 1, seed: 0)
    #expect(prompts.allSatisfy { none.part(of: $0) == .aggregatorValidation })
  }

  @Test(arguments: ExpertPrompts.allCases)
  func noPhaseIsTrainedOnWhatAnotherIsJudgedBy(expertPrompts: ExpertPrompts) throws {
    let split = try PhaseSplit(validationFraction: 0.2, seed: 9, expertPrompts: expertPrompts)
    let all = try prompts.prefix(1000).flatMap { prompt in
      try [sample(id: "o", prompt, category: "chat"), sample(id: "c", prompt, category: "chat", capability: "logic")]
    }
    func set(_ samples: [RankedResponses]) -> Set<Conversation> { Set(samples.map(\.conversation)) }
    let parts = PhaseSplit.Part.allCases.map { set(split.overallSamples(all, in: $0)) }
    #expect(parts.reduce(0) { $0 + $1.count } == 1000, "every prompt is in exactly one part")
    #expect(parts.reduce(Set()) { $0.union($1) }.count == 1000)

    let training = split.expertTrainingSamples(all)
    let validation = split.expertValidationSamples(all)
    #expect((training + validation).allSatisfy { $0.capability == "logic" })
    #expect(set(training).isDisjoint(with: parts[1]) && set(training).isDisjoint(with: parts[3]))
    #expect(set(validation) == parts[1])
    switch expertPrompts {
    case .baseTraining: #expect(set(training) == parts[0], "the aggregator's prompts are new to every expert")
    case .allTraining: #expect(set(training) == parts[0].union(parts[2]))
    }
  }

  @Test func addingSamplesMovesNone() throws {
    let split = try PhaseSplit(validationFraction: 0.2, seed: 9)
    let all = try prompts.prefix(500).map { try sample(id: "o", $0) }
    for part in PhaseSplit.Part.allCases {
      let few = split.overallSamples(all.prefix(100).reversed(), in: part).map(\.conversation)
      let many = split.overallSamples(all, in: part).map(\.conversation)
      #expect(Set(few).isSubset(of: many))
    }
  }

  @Test func splitsAreRememberedInFiles() throws {
    let split = try PhaseSplit(validationFraction: 0.2, seed: .max, expertPrompts: .allTraining)
    #expect(try JSONDecoder().decode(PhaseSplit.self, from: JSONEncoder().encode(split)) == split)
  }

  /// A dialogue shares its texts with its continuations: one that trains and another that judges would leak.
  @Test func continuationsOfADialogueStayTogether() throws {
    let phases = try PhaseSplit(validationFraction: 0.3, seed: 4)
    let halves = try DatasetSplit(fractions: [0.5, 0.5], seed: 4)
    for index in 0..<40 {
      let short = try Conversation(prompt: "Question \(index)")
      let long = try Conversation([
        .system("Be \(index)."), .user("Question \(index)"), .assistant("Answer"), .user("And then?"),
      ])
      #expect(phases.part(of: short) == phases.part(of: long))
      #expect(halves.part(of: short) == halves.part(of: long))
    }
  }
}
