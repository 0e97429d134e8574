/// A conversation that a response answers: turns with roles, of which the last is the user's.
///
/// ```swift
/// let question: Conversation = "Why is the sky blue?"
/// let dialogue = try Conversation([
///   .system("Answer in one sentence."), .user("Why is the sky blue?"), .assistant("Air scatters blue light."),
///   .user("And at sunset?"),
/// ])
/// ```
///
/// At most the first turn is a system turn and none is empty or all white space; a system turn that says nothing is left out. Roles need not alternate: real conversations
/// open with the assistant's greeting or ask twice in a row.
public struct Conversation: Sendable, Hashable {
  /// The turns, oldest first; never empty.
  public let turns: [Message]

  /// A conversation of these turns, oldest first.
  ///
  /// - Throws: `DataError.emptyConversation`, `.lastTurnNotUser`, `.misplacedSystemTurn` or `.emptyTurn`.
  public init(_ turns: [Message]) throws(DataError) {
    let turns = turns.contains(where: \.isEmptySystemTurn) ? turns.filter { !$0.isEmptySystemTurn } : turns
    guard let last = turns.last else { throw .emptyConversation }
    guard last.role == .user else { throw .lastTurnNotUser }
    for (index, turn) in turns.enumerated() {
      if turn.role == .system, index > 0 { throw .misplacedSystemTurn(index: index) }
      if turn.content.isBlank { throw .emptyTurn(index: index) }
    }
    self.turns = turns
  }

  /// A conversation of one user turn, after a system turn if one is given.
  ///
  /// - Throws: `DataError.emptyTurn` if the prompt is empty or all white space.
  public init(prompt: String, system: String? = nil) throws(DataError) {
    try self.init((system.map { [.system($0)] } ?? []) + [.user(prompt)])
  }

  private init(unchecked turns: [Message]) {
    self.turns = turns
  }

  /// The texts of the user's turns, oldest first; what the router reads.
  public var userTurns: [String] {
    turns.lazy.filter { $0.role == .user }.map(\.content)
  }

  /// The text of the system turn, if there is one.
  public var system: String? {
    turns[0].role == .system ? turns[0].content : nil
  }

  /// The number of turns that can be dropped: all but the system turn and the last.
  public var droppableTurnCount: Int {
    turns.count - (system == nil ? 1 : 2)
  }

  /// The conversation without its `count` oldest turns; the system turn and the last turn always stay.
  ///
  /// - Parameter count: how many turns to drop; at least 0, and no more than `droppableTurnCount` are dropped.
  public func droppingOldestTurns(_ count: Int = 1) -> Conversation {
    precondition(count >= 0, "Conversation.droppingOldestTurns: \(count) turns")
    let head = system == nil ? 0 : 1
    let dropped = min(count, droppableTurnCount)
    return Conversation(unchecked: Array(turns[..<head] + turns[(head + dropped)...]))
  }
}

extension Conversation: ExpressibleByStringLiteral {
  /// A conversation of one user turn; the literal must not be empty or all white space.
  public init(stringLiteral prompt: String) {
    precondition(!prompt.isBlank, "Conversation: empty string literal")
    self.init(unchecked: [.user(prompt)])
  }
}

extension Conversation: Codable {
  /// Reads a list of messages.
  public init(from decoder: any Decoder) throws {
    try self.init([Message](from: decoder))
  }

  /// Writes a list of messages.
  public func encode(to encoder: any Encoder) throws {
    try turns.encode(to: encoder)
  }
}

extension Conversation {
  /// A hash that is the same in every process; equal conversations have equal hashes.
  package func stableHash(seed: UInt64 = 0) -> SeededHash {
    Self.stableHash(turns, seed: seed)
  }

  /// The hash of the user's first turn: the same for a dialogue and all its continuations, whatever the system says.
  package func openingHash(seed: UInt64 = 0) -> SeededHash {
    Self.stableHash(turns.filter { $0.role == .user }.prefix(1), seed: seed)
  }

  private static func stableHash(_ turns: some Sequence<Message>, seed: UInt64) -> SeededHash {
    var hash = SeededHash(seed: seed)
    for turn in turns {
      switch turn.role {
      case .system: hash.combine(0)
      case .user: hash.combine(1)
      case .assistant: hash.combine(2)
      }
      hash.combine(turn.content)
    }
    return hash
  }
}
