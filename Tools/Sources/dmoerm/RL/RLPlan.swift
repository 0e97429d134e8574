import DMoERL
@_spi(Command) import DMoERM

/// Everything that decides a run of `dmoerm rl` but its policy, prompts and reward: what `--config` reads and `--print-config`
/// writes.
struct RLPlan: Codable, Equatable {
  /// The policy's adapter, where it is a new one.
  var adapter = LoRAConfiguration(rank: 16, alpha: 32, dropout: 0)
  /// How it is trained.
  var training = RLConfiguration()

  /// The plan as JSON with every setting there is; one that is not set is null, so that it stays unset when it is read.
  func text() throws -> String { try SettingsJSON(showing: self).text }

  /// This plan with the values of a JSON object in place of its own; keys that are not given keep theirs.
  ///
  /// - Parameter place: Where the values come from, for errors.
  /// - Throws: `Failure` for values of the wrong kind and keys that do not exist.
  func overridden(by changes: SettingsJSON, in place: String) throws -> RLPlan {
    try Failure.settings(in: place) { try changes.applied(to: self) }
  }

  /// - Throws: `Failure`; `CoreError.outOfRange` for the first setting that makes no sense.
  func validate() throws {
    try training.validate()
    guard adapter.dropout == 0 else {
      throw Failure(
        "adapter.dropout is \(adapter.dropout): samples are drawn without dropout, so it has to be 0", status: .usage)
    }
  }
}
