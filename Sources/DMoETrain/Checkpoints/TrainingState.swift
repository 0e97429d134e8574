package import DMoECore

/// Everything that gradient steps need to go on after a kill as if nothing had happened.
package struct TrainingState: Sendable {
  /// What a task was measured at on its validation samples.
  package struct Validation: Sendable, Equatable, Codable {
    /// The step after which it was measured; 0 is before training.
    package var step: Int
    /// The mean loss, in nats.
    package var loss: Double
    /// The share that came out right.
    package var accuracy: Double
    /// How many pairs or texts were measured.
    package var count: Int
    /// Whether it was the best so far.
    package var isBest: Bool
  }

  /// The part that is no tensor.
  package struct Progress: Sendable, Equatable, Codable {
    /// The step of the best validation.
    package var bestStep = 0
    /// Validations since then, which patience counts.
    package var validationsSinceBest = 0
    /// Tokens that the steps have read.
    package var tokens = 0
    /// The validation before training.
    package var first: Validation?
    /// The best validation.
    package var best: Validation?
    /// How long `metrics.jsonl` was; what came after is written again.
    package var metricsBytes = 0
  }

  /// Steps taken.
  package var step = 0
  /// The parameters by path; none before the first checkpoint.
  package var parameters: [String: Matrix] = [:]
  /// The optimizer's running means of gradients, by path.
  package var first: [String: Matrix] = [:]
  /// The optimizer's running means of squared gradients, by path.
  package var second: [String: Matrix] = [:]
  /// The parameters at the best validation; `nil` without one.
  package var best: [String: Matrix]?
  /// Validations and counts so far.
  package var progress = Progress()

  /// The state before the first step.
  package init() {}
}
