extension TrainingConfiguration {
  /// The settings of the paper's released code, with its bugs left out (Docs/Fidelity.md).
  ///
  /// Phase 1 in full at 1e-7, phase 2 at 5e-5, phase 3 at 1e-6, router at 3e-8; Adam without decay, schedule, warm-up
  /// or clipping; one prompt a step; an evaluation every 100 steps, stop after 20 without a gain (router 200); 30 % of
  /// the data for validation.
  public static let paper = TrainingConfiguration { paper in
    paper.data.validationFraction = 0.3
    paper.data.expertPrompts = .allTraining
    paper.data.unlabeled = .route(minimumProbability: 0)
    paper.start.bases = .own
    paper.start.warmsHeads = false
    paper.start.warmsAggregator = false
    paper.fineTuning = .full
    paper.selection = .validationAccuracy
    paper.keepsBetterBases = false
    paper.router.ridges = []
    paper.router.phase = .paper(learningRate: 3e-8, patience: 200)
    paper.base = .paper(learningRate: 1e-7)
    paper.expert = .paper(learningRate: 5e-5)
    paper.aggregator = .paper(learningRate: 1e-6)
  }
}

extension PhaseTraining {
  fileprivate static func paper(learningRate: Double, patience: Int = 20) -> PhaseTraining {
    PhaseTraining(learningRate: learningRate, epochs: 1000) { phase in
      phase.batchSize = 1
      phase.schedule = .constant
      phase.warmUp = 0
      phase.weightDecay = 0
      phase.clipNorm = nil
      phase.validationInterval = 100
      phase.patience = patience
    }
  }
}
