/// The name of a phase of training, in events, in files and in messages.
///
/// A phase trains some parameters of a model on its own share of the data; what it does stands in a file of its own, such
/// as `ExpertPhase.swift`.
public enum TrainingPhase: Sendable, Hashable {
  /// The outer mixture's gate, on prompts with a category.
  case router
  /// The best linear reward on untrained states for all categories' overall preferences, near which every category's own head
  /// starts (`TrainingConfiguration.BaseStart.sharedHead`).
  case sharedHead
  /// A base of all categories' overall preferences, where every category's own starts
  /// (`TrainingConfiguration.BaseStart.sharedBase`).
  case sharedBase
  /// Phase 1: a category's base, on overall preferences.
  case base(category: String)
  /// Phase 2: one capability expert over the frozen base, on the labels of its point.
  case expert(category: String, point: String)
  /// Phase 3: a category's aggregator over its frozen experts, on overall preferences that no earlier phase saw.
  case aggregator(category: String)

  /// The words of the name: the kind, then the category and the point, as far as the phase has them.
  private var words: [String] {
    switch self {
    case .router: ["router"]
    case .sharedHead: ["shared-head"]
    case .sharedBase: ["shared-base"]
    case .base(let category): ["base", category]
    case .expert(let category, let point): ["expert", category, point]
    case .aggregator(let category): ["aggregator", category]
    }
  }

  /// The category, if the phase belongs to one.
  public var category: String? { words.dropFirst().first }
}

extension TrainingPhase: CustomStringConvertible, Codable {
  /// "router", "shared-head", "shared-base", "base/roleplay", "expert/roleplay/empathy" or "aggregator/roleplay".
  public var description: String { words.joined(separator: "/") }

  /// The phase of a description such as "base/chat"; `nil` if it is none.
  public init?(_ description: String) {
    let parts = description.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    switch (parts.first, parts.count) {
    case ("router", 1): self = .router
    case ("shared-head", 1): self = .sharedHead
    case ("shared-base", 1): self = .sharedBase
    case ("base", 2): self = .base(category: parts[1])
    case ("expert", 3): self = .expert(category: parts[1], point: parts[2])
    case ("aggregator", 2): self = .aggregator(category: parts[1])
    default: return nil
    }
  }

  /// Reads the description.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let phase = TrainingPhase(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no training phase")
    }
    self = phase
  }

  /// Writes the description.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
