public import DMoEData
public import DMoEModel

/// The phases of a run, in the order in which they run.
struct PhasePlan {
  let phases: [any Phase]
  /// Whether the trained router decides which samples the other phases have.
  let routesSamples: Bool

  /// - Parameter keepsBases: Bases are trained already and stay as they are.
  init(_ taxonomy: Taxonomy, _ configuration: TrainingConfiguration, keepsBases: Bool = false) {
    var phases: [any Phase] = []
    if taxonomy.categories.count > 1 {
      phases.append(RouterPhase())
      if !keepsBases {
        switch configuration.start.bases {
        case .own: break
        case .sharedHead: if configuration.start.warmsHeads { phases.append(SharedHeadPhase()) }
        case .sharedBase: phases.append(SharedBasePhase())
        }
      }
    }
    for (index, category) in taxonomy.categories.enumerated() {
      if !keepsBases { phases.append(BasePhase(category: category, index: index)) }
      for point in category.points.indices {
        phases.append(ExpertPhase(category: category, index: index, point: point))
      }
      if !category.points.isEmpty { phases.append(AggregatorPhase(category: category, index: index)) }
    }
    self.phases = phases
    routesSamples = if case .route = configuration.data.unlabeled { true } else { false }
  }

  /// The phases of a model: those of its taxonomy, without those of bases that it keeps.
  init(_ model: RewardModel, _ configuration: TrainingConfiguration) {
    self.init(model.configuration.taxonomy, configuration, keepsBases: model.keepsBases)
  }

  var names: [TrainingPhase] { phases.map(\.name) }
}

extension TrainingPipeline {
  /// The phases of a taxonomy, in the order in which they run.
  public static func phases(
    of taxonomy: Taxonomy, _ configuration: TrainingConfiguration = TrainingConfiguration()
  ) -> [TrainingPhase] {
    PhasePlan(taxonomy, configuration).names
  }

  /// The phases of a model, in the order in which they run: those of its taxonomy, without those of bases that it keeps
  /// (`RewardModel.init(base:taxonomy:expert:router:seed:)`).
  public static func phases(
    of model: RewardModel, _ configuration: TrainingConfiguration = TrainingConfiguration()
  ) -> [TrainingPhase] {
    PhasePlan(model, configuration).names
  }
}
