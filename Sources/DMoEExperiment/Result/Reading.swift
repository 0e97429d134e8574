public import DMoEModel

extension ExperimentResult {
  /// A way of making one reward of what the members of a contender say.
  public struct Reading: Sendable, Hashable, Codable {
    /// How members' rewards become one.
    public enum Kind: Sendable, Hashable, Codable {
      /// Characters of the response; nothing is trained.
      case length
      /// Each member alone; figures are means over members.
      case member
      /// All members as one ensemble.
      case ensemble(rule: RewardCombination)
      /// The mean of Laplace's posterior over a member's value head.
      case posteriorMean
      /// That mean less one standard deviation of the posterior.
      case posteriorLowerBound
      /// The experts of the category that a member's router chose, as an ensemble.
      case experts(rule: RewardCombination)
    }

    /// The contender whose members are read.
    public let contender: ContenderID
    /// How they are read.
    public let kind: Kind

    /// A reading of a contender.
    public init(contender: ContenderID, kind: Kind) {
      self.contender = contender
      self.kind = kind
    }

    /// Whether it is the contender as it is, not an ensemble or a bound made of it.
    public var isPlain: Bool { kind == .length || kind == .member }

    /// Whether all members are read as one.
    public var isEnsemble: Bool { if case .ensemble = kind { true } else { false } }

    /// The name in tables. Two readings may have one name; they are told apart as values.
    ///
    /// - Parameter members: The members that an ensemble is made of.
    public func name(members: Int) -> String {
      switch kind {
      case .length, .member: "\(contender)"
      case .ensemble(let rule): "\(contender), \(members) seeds: \(rule)"
      case .posteriorMean: "\(contender), Laplace: mean"
      case .posteriorLowerBound: "\(contender), Laplace: mean − deviation"
      case .experts(let rule): "\(contender), its experts: \(rule)"
      }
    }
  }
}
