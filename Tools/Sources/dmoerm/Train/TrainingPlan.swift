@_spi(Command) import DMoERM

/// Everything that decides a training run but its data and backbone: what `--config` reads and `--print-config` writes.
struct TrainingPlan: Codable, Equatable {
  var model = RewardModel.Configuration()
  var training = TrainingConfiguration()

  /// The plan as JSON with every setting there is; one that is not set is null, so that it stays unset when it is read.
  func text() throws -> String { try SettingsJSON(showing: self).text }

  /// This plan with the values of a JSON object in place of its own; keys that are not given keep theirs.
  ///
  /// - Parameter place: Where the values come from, for errors.
  /// - Throws: `Failure` for values of the wrong kind and keys that do not exist.
  func overridden(by changes: SettingsJSON, in place: String) throws -> TrainingPlan {
    try Failure.settings(in: place) { try changes.applied(to: self) }
  }

  /// Whether there is a backbone that could be trained by these settings; the backbone that is read says the rest.
  ///
  /// - Parameter place: Where the settings come from, for errors; empty for the command line.
  /// - Throws: `Failure`.
  func validate(in place: String = "") throws {
    let prefix = place.isEmpty ? "" : "\(place): "
    do {
      try training.validate()
      try model.validate()
    } catch TrainError.invalidSetting(let path, let reason) {
      throw Failure("\(prefix)training.\(path) \(reason)", status: .usage)
    } catch ModelError.invalidSetting(let path, let reason) {
      throw Failure("\(prefix)model.\(path) \(reason)", status: .usage)
    }
  }
}

extension TrainingPlan: RelocatingSettings {
  static let relocations: [String: SettingRelocation] = [
    "model.taxonomy": .elsewhere(
      "--taxonomy of `dmoerm train` says which categories there are, and an experiment has those of its data")
  ]
}
