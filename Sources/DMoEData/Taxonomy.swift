/// A list of task categories, each with its capability points, in the order of the router's outputs.
///
/// ```swift
/// let taxonomy = try Taxonomy([
///   TaskCategory(id: "support", points: [CapabilityPoint(id: "warmth"), CapabilityPoint(id: "usefulness")]),
///   TaskCategory(id: "code"),
/// ])
/// ```
public struct Taxonomy: Sendable, Hashable {
  /// The task categories; never empty.
  public let categories: [TaskCategory]

  /// A taxonomy of these categories.
  ///
  /// Identifiers are slugs: 1 to 64 of a-z, 0-9, `_` and `-`, starting with a letter or digit. "base" and
  /// "overall" are no capability points: the first is a folder of the bundle, the second means no point.
  ///
  /// - Throws: `DataError.emptyTaxonomy`, `.invalidIdentifier`, or `.duplicateName` if two categories, or two
  ///   points of a category, answer to one identifier, name or alias (case does not matter).
  public init(_ categories: [TaskCategory]) throws(DataError) {
    guard !categories.isEmpty else { throw .emptyTaxonomy }
    for category in categories {
      guard Self.isSlug(category.id) else { throw .invalidIdentifier(category.id) }
      for point in category.points where !Self.isSlug(point.id) || Self.reservedPoints.contains(point.id) {
        throw .invalidIdentifier(point.id)
      }
      try Self.checkNames(category.points.map { [$0.id] + $0.names }, in: category.id)
    }
    try Self.checkNames(categories.map { [$0.id] + $0.names }, in: "the taxonomy")
    self.categories = categories
  }

  init(unchecked categories: [TaskCategory]) {
    self.categories = categories
  }

  /// The number of capability points of all categories together.
  public var pointCount: Int { categories.reduce(0) { $0 + $1.points.count } }

  /// The category with exactly this identifier.
  public subscript(id: String) -> TaskCategory? { categories.first { $0.id == id } }

  /// The place of the category with exactly this identifier, which is its router output.
  public func index(of id: String) -> Int? { categories.firstIndex { $0.id == id } }

  /// The category that answers to this identifier, name, Chinese name or alias; case does not matter.
  public func category(named name: String) -> TaskCategory? {
    self[name]
      ?? categories.first { category in
        ([category.id] + category.names).contains { $0.lowercased() == name.lowercased() }
      }
  }

  /// One category without capability points: a plain reward model on one adapter.
  public static let single = Taxonomy(unchecked: [TaskCategory(id: "general", name: "General")])

  private static let reservedPoints: Set<String> = ["base", "overall"]

  private static func isSlug(_ id: String) -> Bool {
    func isAlphanumeric(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
    guard let first = id.utf8.first, isAlphanumeric(first), id.utf8.count <= 64 else { return false }
    return id.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
  }

  /// Each member may repeat a name of its own, but two members must not share one.
  private static func checkNames(_ members: [[String]], in place: String) throws(DataError) {
    var owners: [String: Int] = [:]
    for (index, names) in members.enumerated() {
      for name in names {
        guard !name.isEmpty else { throw .emptyIdentifier }
        if let owner = owners.updateValue(index, forKey: name.lowercased()), owner != index {
          throw .duplicateName(name, in: place)
        }
      }
    }
  }
}
