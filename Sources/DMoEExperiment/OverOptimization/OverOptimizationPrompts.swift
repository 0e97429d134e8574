import DMoEData

/// The prompts of a measurement: those to learn from, and those to measure on, of which none begins as one of the others does.
struct OverOptimizationPrompts: Sendable {
  let training: [CategorizedPrompt]
  let heldOut: [CategorizedPrompt]

  /// - Throws: `ExperimentError.invalidPlan` for no prompts, and for conversations that go on from one prompt in both parts,
  ///   by the rule of `DatasetSplit`.
  init(
    training: [CategorizedPrompt], heldOut: [CategorizedPrompt], _ settings: OverOptimizationSettings
  ) throws(ExperimentError) {
    self.training = training.unique
    self.heldOut = Array(heldOut.unique.prefix(settings.bestOfN.prompts))
    guard !self.training.isEmpty, !self.heldOut.isEmpty else {
      throw .invalidPlan(reason: "there are no prompts to learn from, or none to measure on")
    }
    let learned = Set(self.training.map { $0.conversation.openingHash().value })
    let shared = self.heldOut.count { learned.contains($0.conversation.openingHash().value) }
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
