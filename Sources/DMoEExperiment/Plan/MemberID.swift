/// Which member of an experiment: a contender, trained with one seed.
public struct MemberID: Sendable, Hashable, Codable {
  /// The contender.
  public let contender: ContenderID
  /// The seed that its training starts from.
  public let seed: UInt64

  /// The member of a contender with this seed.
  public init(contender: ContenderID, seed: UInt64) {
    self.contender = contender
    self.seed = seed
  }
}

extension MemberID: CustomStringConvertible {
  /// Contender and seed, such as "single 1".
  public var description: String { "\(contender) \(seed)" }
}
