extension LoRAConfiguration {
  /// No adapter: the backbone is read as it is, as the head of a published reward model reads it.
  public static let none = LoRAConfiguration(rank: 0, alpha: 1, dropout: 0, targets: [])

  /// Whether it adapts nothing.
  package var isNone: Bool { self == .none }
}
