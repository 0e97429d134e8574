import DMoEModel

extension TrainingRun {
  /// Takes the metrics back to the last moment that was kept, and begins unless everything is done.
  func begin(_ phases: [TrainingPhase]) throws {
    var bytes = 0
    var isDone = true
    for phase in phases {
      if let finished = try folder.finished(phase) {
        bytes = max(bytes, finished.metricsBytes)
        continue
      }
      isDone = false
      if let state = try folder.checkpoint(of: phase).read() { bytes = max(bytes, state.progress.metricsBytes) }
    }
    // What was told after that moment would be told again.
    try folder.metrics.truncate(to: bytes)
    if !isDone { try tell(.runStarted(phases: phases)) }
  }

  /// The result of a phase that is done.
  func kept(_ phase: TrainingPhase) throws -> KeptPhase? {
    try folder.finished(phase).map { KeptPhase(folder: folder.folder(of: phase), finished: $0) }
  }

  /// Trains a phase, keeps its result, and puts into the model what was kept.
  ///
  /// - Returns: why the phase is left out; `nil` if it was trained.
  func train(_ phase: some Phase, _ model: inout RewardModel) throws -> String? {
    let start = seconds()
    if let obstacle = phase.obstacle(in: model) { return obstacle }
    let data = try phase.samples(for: model, in: self)
    if let shortage = shortage(of: data, phase.sampleNoun) { return shortage }
    let result = try phase.train(model, on: data, in: self)
    let kept = try keep(result, of: phase.name, seconds: seconds() - start)
    try phase.install(kept, in: &model)
    return nil
  }

  /// Why there is too little to train a phase on; `nil` if there is enough.
  private func shortage(of data: PhaseData<some Sendable>, _ noun: String) -> String? {
    let (count, least) = (data.training.count, configuration.data.minimumSamples)
    guard count < least else { return nil }
    let longer = data.overLength > 0 ? "; \(data.overLength) are longer than the model reads" : ""
    return "\(noun) to train on: \(count), fewer than \(least)\(longer)"
  }

  /// Keeps the result of a phase in the run folder, and tells of it.
  private func keep(_ result: PhaseResult, of phase: TrainingPhase, seconds: Double) throws -> KeptPhase {
    let summary = result.summary(phase, seconds: seconds)
    try tell(.phaseFinished(summary))
    let finished = RunFolder.Finished(
      summary: summary, metricsBytes: try folder.metrics.bytes(), normalization: result.normalization)
    try folder.finish(finished, write: result.write)
    return KeptPhase(folder: folder.folder(of: phase), finished: finished)
  }
}
