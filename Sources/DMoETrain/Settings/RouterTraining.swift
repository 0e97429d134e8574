import DMoEData

/// The settings by which the router is trained: Newton steps on frozen features, then gradient steps if it has an
/// adapter of its own.
public struct RouterTraining: Sendable, Equatable, Codable {
  /// Ridges of the softmax regression that are tried; validation chooses.
  public var ridges: [Double] = [1e-3, 1e-2, 1e-1, 1]
  /// Categories count alike, however many prompts they have.
  public var balancesCategories = false
  /// Gradient steps on cross-entropy of the logits, for the router's own adapter and head; not taken without one, unless
  /// there are no ridges.
  public var phase = PhaseTraining(learningRate: 2e-4, epochs: 1) { $0.batchSize = 16 }

  /// The defaults, which fit the router's head in closed form.
  public init() {}

  func validate(_ require: Requirement<TrainError>) throws {
    for (index, ridge) in ridges.enumerated() { try require("ridges[\(index)]", ridge, .above(0)) }
    try phase.validate(require.within("phase"))
  }
}
