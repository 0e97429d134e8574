import DMoEData
import Foundation

extension PhaseTraining {
  func validate(_ require: Requirement<TrainError>) throws {
    try require("learningRate", learningRate, .atLeast(0))
    try require("epochs", epochs, .within(0...1e6))
    try require("batchSize", batchSize, .within(1...1 << 20))
    try require("warmUp", warmUp, .within(0...1))
    try require("beta1", beta1, .within(0..<1))
    try require("beta2", beta2, .within(0..<1))
    try require("epsilon", epsilon, .above(0))
    try require("weightDecay", weightDecay, .atLeast(0))
    try require("clipNorm", clipNorm, .above(0))
    try require("validationInterval", validationInterval, .atLeast(1))
    try require("patience", patience, .atLeast(1))
    try require("maximumSteps", maximumSteps, .atLeast(0))
  }

  /// The size of a step's batch of `samples` samples, so that no step takes one of them twice for want of others.
  package func batchSize(samples: Int) -> Int { min(batchSize, max(samples, 1)) }

  /// Whether there is a step as soon as there is a sample.
  package var takesSteps: Bool { epochs > 0 && maximumSteps != 0 }

  /// Optimizer steps over `samples` samples.
  package func plannedSteps(samples: Int) -> Int {
    let steps = Int((epochs * Double(samples) / Double(batchSize(samples: samples))).rounded(.up))
    return min(steps, maximumSteps ?? steps)
  }

  /// The rate of a step counted from 0: linear warm-up, then the schedule.
  package func rate(step: Int, of total: Int) -> Double {
    let ramp = Int((warmUp * Double(total)).rounded(.up))
    if step < ramp { return learningRate * Double(step + 1) / Double(ramp) }
    switch schedule {
    case .constant: return learningRate
    case .cosine:
      return learningRate * 0.5 * (1 + cos(Double.pi * Double(step - ramp) / Double(total - ramp)))
    }
  }
}
