/// The start of a phase: how many samples it trains on, and how many parameters.
public struct PhaseStart: Sendable, Equatable, Codable {
  /// The phase that begins.
  public let phase: TrainingPhase
  /// The number of samples that it trains on.
  public let trainingSamples: Int
  /// The number of samples that it is validated on.
  public let validationSamples: Int
  /// Samples of the phase that are longer than the model reads, and were left out.
  public let overLengthSamples: Int
  /// Floats that it changes.
  public let trainableParameters: Int
  /// Optimizer steps if it is not stopped early.
  public let plannedSteps: Int
  /// The step it goes on from; 0 for a fresh start.
  public let firstStep: Int
}
