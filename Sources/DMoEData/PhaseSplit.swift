/// A division of the prompts among the training phases, so that no phase is trained or judged on what another has seen.
///
/// The paper ranks bases on 60 % of the human preferences and aggregators on the other 40 %. Here each share has a
/// validation part of its own, and experts learn from prompts that the aggregator does not meet later: an expert
/// that has seen the aggregator's prompts looks more reliable there than it is.
///
/// The part is a pure function of the user's first turn, seed and fractions: a dialogue and its continuations, which share
/// their texts, are in one part. Phase and validation are drawn independently: another `baseFraction` turns no validation
/// prompt into a training prompt.
package struct PhaseSplit: Sendable, Hashable, Codable {
  /// A part of the prompts; each prompt is in exactly one part.
  package enum Part: String, Sendable, Hashable, Codable, CaseIterable {
    /// Trains the category's base.
    case baseTraining
    /// Stops and chooses the bases and the experts.
    case baseValidation
    /// Trains the aggregator.
    case aggregatorTraining
    /// Stops and chooses the aggregator.
    case aggregatorValidation

    /// Whether nothing is trained on the part, in any phase.
    package var isValidation: Bool { self == .baseValidation || self == .aggregatorValidation }
  }

  /// The share of prompts for base training and its validation.
  package let baseFraction: Double
  /// The share of each phase's prompts that is kept for validation.
  package let validationFraction: Double
  /// Chooses among the possible splits.
  package let seed: UInt64
  /// Which prompts experts are trained on.
  package let expertPrompts: ExpertPrompts

  /// A split by these shares.
  ///
  /// - Parameters:
  ///   - baseFraction: 0.6 in the paper's released code.
  ///   - validationFraction: 0.3 is meant in the paper's released code; here the choice is the caller's.
  ///   - seed: The seed of the division: the same seed divides alike.
  ///   - expertPrompts: The prompts that capability experts are trained on.
  /// - Throws: `DataError.invalidFractions` if a fraction is outside 0 ... 1.
  package init(
    baseFraction: Double = 0.6, validationFraction: Double, seed: UInt64,
    expertPrompts: ExpertPrompts = .baseTraining
  ) throws(DataError) {
    guard (0...1).contains(baseFraction), (0...1).contains(validationFraction) else {
      throw .invalidFractions([baseFraction, validationFraction])
    }
    self.baseFraction = baseFraction
    self.validationFraction = validationFraction
    self.seed = seed
    self.expertPrompts = expertPrompts
  }

  /// Reads the four properties by their names.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      baseFraction: container.decode(Double.self, forKey: .baseFraction),
      validationFraction: container.decode(Double.self, forKey: .validationFraction),
      seed: container.decode(UInt64.self, forKey: .seed),
      expertPrompts: container.decode(ExpertPrompts.self, forKey: .expertPrompts))
  }

  /// The part that the conversation belongs to.
  package func part(of conversation: Conversation) -> Part {
    let hash = conversation.openingHash(seed: seed)
    var (phase, validation) = (hash, hash)
    phase.combine(1)
    validation.combine(2)
    let isValidation = validation.unitFraction < validationFraction
    return phase.unitFraction < baseFraction
      ? (isValidation ? .baseValidation : .baseTraining)
      : (isValidation ? .aggregatorValidation : .aggregatorTraining)
  }

  /// The samples of overall preference in a part, in their original order; for bases and aggregators.
  package func overallSamples(
    _ samples: some Sequence<RankedResponses>, in part: Part
  ) -> [RankedResponses] {
    samples.filter { $0.capability == nil && self.part(of: $0.conversation) == part }
  }

  /// The capability samples that experts may be trained on, in their original order.
  package func expertTrainingSamples(_ samples: some Sequence<RankedResponses>) -> [RankedResponses] {
    samples.filter { sample in
      guard sample.capability != nil else { return false }
      switch part(of: sample.conversation) {
      case .baseTraining: return true
      case .aggregatorTraining: return expertPrompts == .allTraining
      case .baseValidation, .aggregatorValidation: return false
      }
    }
  }

  /// The capability samples that stop and choose experts, in their original order.
  ///
  /// Only those of the base's validation prompts: the aggregator's stay unseen until its own phase.
  package func expertValidationSamples(_ samples: some Sequence<RankedResponses>) -> [RankedResponses] {
    samples.filter { $0.capability != nil && part(of: $0.conversation) == .baseValidation }
  }
}
