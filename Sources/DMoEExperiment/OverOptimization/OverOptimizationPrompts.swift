import DMoEData

/// The prompts of a measurement: those to learn from, and those to measure on, of which none is among the others.
struct OverOptimizationPrompts: Sendable {
  let training: [CategorizedPrompt]
  let heldOut: [CategorizedPrompt]

  /// - Throws: `ExperimentError.invalidPlan` for no prompts, and for one that is in both parts.
  init(
    training: [CategorizedPrompt], heldOut: [CategorizedPrompt], _ settings: OverOptimizationSettings
  ) throws(ExperimentError) {
    self.training = training.unique
    self.heldOut = Array(heldOut.unique.prefix(settings.bestOfN.prompts))
    guard !self.training.isEmpty, !self.heldOut.isEmpty else {
      throw .invalidPlan(reason: "there are no prompts to learn from, or none to measure on")
    }
    let shared = Set(self.training.map(\.conversation)).intersection(self.heldOut.map(\.conversation)).count
    guard shared == 0 else {
      throw .invalidPlan(
        reason: "\(shared) of the held-out prompts are among those to learn from; what is measured on them is not held "
          + "out")
    }
  }
}

extension [CategorizedPrompt] {
  /// Each conversation once, in the order in which they come.
  fileprivate var unique: [CategorizedPrompt] {
    var seen: Set<Conversation> = []
    return filter { seen.insert($0.conversation).inserted }
  }
}
