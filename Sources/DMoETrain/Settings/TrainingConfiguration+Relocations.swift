@_spi(Command) public import DMoEData

@_spi(Command) extension TrainingConfiguration: RelocatingSettings {
  /// Where the settings are that were not in groups before version 0.2.
  public static let relocations: [String: SettingRelocation] = [
    "baseFraction": .moved(to: "data.baseFraction"),
    "validationFraction": .moved(to: "data.validationFraction"),
    "expertPrompts": .moved(to: "data.expertPrompts"),
    "unlabelled": .moved(to: "data.unlabeled"),
    "skipsOverLength": .moved(to: "data.skipsOverLength"),
    "minimumSamples": .moved(to: "data.minimumSamples"),
    "baseStart": .moved(to: "start.bases"),
    "warmStartsHeads": .moved(to: "start.warmsHeads"),
    "warmStartsAggregator": .moved(to: "start.warmsAggregator"),
    "warmStartRidges": .moved(to: "start.ridges"),
    "debiasesLength": .moved(to: "loss.debiasesLength"),
    "regularization.languageModelling": .moved(to: "regularization.languageModeling"),
    "checkpointsActivations": .moved(to: "memory.checkpointsActivations"),
    "rowsPerPass": .moved(to: "memory.rowsPerPass"),
    "trunkCacheBytes": .moved(to: "memory.trunkCacheBytes"),
  ]
}
