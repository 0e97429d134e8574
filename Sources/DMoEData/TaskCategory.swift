/// A kind of task, with an inner mixture of experts of its own.
public struct TaskCategory: Sendable, Hashable, Codable, Identifiable {
  /// The slug that files and folders use, such as "roleplay"; unique within its taxonomy.
  public let id: String
  /// The English name.
  public let name: String
  /// The Chinese name, as the label of mtmc-rlhf rows.
  public let chineseName: String?
  /// Further names that data files may use for the category.
  public let aliases: [String]
  /// The capability points, in the order of the experts; without any, the category's base alone gives the reward.
  public let points: [CapabilityPoint]

  /// A task category; a `Taxonomy` checks the identifiers.
  public init(
    id: String, name: String? = nil, chineseName: String? = nil, aliases: [String] = [],
    points: [CapabilityPoint] = []
  ) {
    self.id = id
    self.name = name ?? id
    self.chineseName = chineseName
    self.aliases = aliases
    self.points = points
  }

  /// The capability point that answers to this identifier or name; case does not matter.
  public func point(named name: String) -> CapabilityPoint? {
    points.first { $0.id == name }
      ?? points.first { point in
        ([point.id] + point.names).contains { $0.lowercased() == name.lowercased() }
      }
  }

  /// What the category answers to besides its identifier.
  var names: [String] { [name] + (chineseName.map { [$0] } ?? []) + aliases }
}
