/// The settings of the router, which assigns a conversation to a task category.
public struct RouterConfiguration: Sendable, Equatable, Codable {
  /// The way in which the states of the user turns' tokens become one.
  public var pooling: StatePooling
  /// The number of the backbone's layers that it reads through; `nil` means all that the model uses.
  public var depth: Int?
  /// An adapter of the router's own; `nil` reads the frozen backbone.
  public var adapter: LoRAConfiguration?
  /// The most tokens it reads, from the end.
  public var maximumTokens: Int

  /// The number of channels that it reads of a text.
  package func features(_ hiddenSize: Int) -> Int { pooling.width(hiddenSize) }

  /// A router with these settings; the defaults read the mean state of the whole backbone, without an adapter of its
  /// own.
  public init(
    pooling: StatePooling = .mean, depth: Int? = nil, adapter: LoRAConfiguration? = nil, maximumTokens: Int = 512
  ) {
    self.pooling = pooling
    self.depth = depth
    self.adapter = adapter
    self.maximumTokens = maximumTokens
  }
}
