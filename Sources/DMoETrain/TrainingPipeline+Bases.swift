public import DMoEModel

extension TrainingPipeline {
  /// The phases of a model, in the order in which they run: those of its taxonomy, without those of bases that it keeps
  /// (`RewardModel.init(base:taxonomy:expert:router:seed:)`).
  public static func phases(
    of model: RewardModel, _ configuration: TrainingConfiguration = TrainingConfiguration()
  ) -> [TrainingPhase] {
    phases(of: model.configuration.taxonomy, configuration).filter { phase in
      switch phase {
      case .base, .sharedBase: !model.keepsBases
      case .router, .expert, .aggregator: true
      }
    }
  }
}
