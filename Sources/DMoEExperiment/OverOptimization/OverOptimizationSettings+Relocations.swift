@_spi(Command) public import DMoEData

@_spi(Command) extension OverOptimizationSettings.Policies: RelocatingSettings {
  /// What is decided elsewhere.
  public static let relocations: [String: SettingRelocation] = [
    "training.seed": .elsewhere("every run has one of policies.seeds"),
    "training.temperature": .elsewhere("drawing.temperature says it for all texts"),
    "training.maximumTokens": .elsewhere("drawing.maximumTokens says it for all texts"),
  ]
}
