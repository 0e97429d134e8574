import DMoEModel

/// A phase of training as a value: what it trains on, how, and what becomes of its result.
///
/// A pipeline asks in this order: is there an `obstacle`, which `samples` there are, `train`, and then, with what was kept
/// of the result, `install`; or `leaveOut` where there was an obstacle or too little to train on.
protocol Phase: Sendable {
  /// What it trains on.
  associatedtype Sample: Sendable

  /// Its name in events and files.
  var name: TrainingPhase { get }
  /// What its samples are, in messages.
  var sampleNoun: String { get }

  /// Why it cannot train on top of this model, however many samples there are.
  func obstacle(in model: RewardModel) -> String?

  /// What it trains on, and is validated on.
  func samples(for model: RewardModel, in run: TrainingRun) throws -> PhaseData<Sample>

  /// Trains, and says what is to be kept; the model stays as it is.
  func train(_ model: RewardModel, on data: PhaseData<Sample>, in run: TrainingRun) throws -> PhaseResult

  /// Puts what was kept of its result into the model.
  func install(_ kept: KeptPhase, in model: inout RewardModel) throws

  /// Gives the model what it needs where the phase is left out.
  func leaveOut(of model: inout RewardModel) throws

  /// Changes the run's data as the phase's result asks, whether it was trained now, before, or left out.
  func followUp(_ model: RewardModel, in run: TrainingRun) throws
}

extension Phase {
  var sampleNoun: String { "samples" }
  func obstacle(in model: RewardModel) -> String? { nil }
  func leaveOut(of model: inout RewardModel) throws {}
  func followUp(_ model: RewardModel, in run: TrainingRun) throws {}
}
