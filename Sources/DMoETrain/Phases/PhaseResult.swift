import DMoECore
import DMoEModel
import Foundation

/// What a phase leaves: its weights, as files, and what there is to tell.
struct PhaseResult {
  let outcome: Trainer.Outcome
  let trainingSamples: Int
  /// Of the category's rewards after this phase, or of the expert's own.
  var normalization: RewardNormalization?
  var extractionError: Double?
  /// The base of the category in the place of its aggregator; the best if it is to stay.
  var base: TrainingState.Validation?
  /// Writes the weights into a folder.
  let write: (URL) throws -> Void

  func summary(_ phase: TrainingPhase, seconds: Double) -> PhaseSummary {
    PhaseSummary(
      phase: phase, steps: outcome.steps, bestStep: outcome.bestStep, stoppedEarly: outcome.stoppedEarly,
      trainingSamples: trainingSamples, firstValidation: outcome.first.map { ValidationMetrics($0, of: phase) },
      bestValidation: outcome.best.map { ValidationMetrics($0, of: phase) }, tokens: outcome.tokens, seconds: seconds,
      extractionError: extractionError, baseValidation: base.map { ValidationMetrics($0, of: phase) })
  }
}

extension PhaseResult {
  /// The result of a phase that leaves an expert over the model's backbone.
  init(
    keeping expert: Expert, _ outcome: Trainer.Outcome, normalization: RewardNormalization?, extractionError: Double?,
    trainingSamples: Int, over model: RewardModel
  ) {
    let backbone = model.backbone.name
    self.init(
      outcome: outcome, trainingSamples: trainingSamples, normalization: normalization,
      extractionError: extractionError
    ) { folder in try expert.write(to: KeptPhase.expertFolder(in: folder), backboneName: backbone) }
  }
}

extension RewardNormalization {
  /// Mean and deviation of rewards; the deviation of rewards that hardly differ is taken as 1.
  init(of rewards: [Float]) {
    let n = Double(max(1, rewards.count))
    let mean = rewards.reduce(0) { $0 + Double($1) } / n
    let variance = rewards.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / n
    self.init(mean: Float(mean), deviation: variance > 1e-12 ? Float(variance.squareRoot()) : 1)
  }
}
