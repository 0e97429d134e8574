/// The settings by which one kind of phase is optimized: AdamW with linear warm-up.
///
/// ```swift
/// let phase = PhaseTraining(learningRate: 5e-4, epochs: 3) { $0.batchSize = 16 }
/// ```
public struct PhaseTraining: Sendable, Equatable, Codable {
  /// The highest learning rate, reached after warm-up.
  public var learningRate: Double
  /// Passes over the phase's samples.
  public var epochs: Double
  /// Samples (prompts with their ranked responses) an optimizer step, 1 in the paper's released code; a phase that has
  /// fewer takes all of them.
  public var batchSize = 8
  /// The course of the learning rate after warm-up.
  public var schedule = Schedule.cosine
  /// The share of steps over which the rate grows from 0.
  public var warmUp = 0.1
  /// The decay rate of AdamW's running mean of gradients; torch's default.
  public var beta1 = 0.9
  /// The decay rate of AdamW's running mean of squared gradients; torch's default.
  public var beta2 = 0.999
  /// The small number that AdamW adds to its denominator; torch's default.
  public var epsilon = 1e-8
  /// The decoupled weight decay (Loshchilov and Hutter, 1711.05101); torch's default.
  public var weightDecay = 0.01
  /// Gradients are scaled down to this global norm; `nil` leaves them (the paper's released code).
  public var clipNorm: Double? = 1
  /// Validation after this many steps; `nil` means twice an epoch.
  public var validationInterval: Int?
  /// Stops after this many validations without a better one; `nil` never does.
  public var patience: Int? = 4
  /// Never more steps than this.
  public var maximumSteps: Int?

  /// The settings of a phase; only the learning rate and the number of epochs have no default.
  public init(learningRate: Double, epochs: Double) {
    self.learningRate = learningRate
    self.epochs = epochs
  }

  /// The settings of a phase with changes of the defaults.
  public init(learningRate: Double, epochs: Double, _ change: (inout PhaseTraining) throws -> Void) rethrows {
    self.init(learningRate: learningRate, epochs: epochs)
    try change(&self)
  }

  /// The course of the learning rate after warm-up.
  public enum Schedule: String, Sendable, Codable, CaseIterable {
    /// The full rate to the end.
    case constant
    /// Half a cosine from the full rate to 0 (Loshchilov and Hutter, 1608.03983).
    case cosine
  }
}
