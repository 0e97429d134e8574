import ArgumentParser
import DMoERM

/// The options that change the model's configuration.
struct ModelArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: "LoRA rank of bases and experts.") var rank: Int?
  @Option(parsing: .unconditional, help: "LoRA alpha of bases and experts.") var alpha: Float?
  @Option(parsing: .unconditional, help: "LoRA dropout of bases and experts.") var dropout: Float?
  @Option(
    parsing: .unconditional,
    help: "Projections that are adapted, separated by commas: query,key,value,output,gate,up,down or all.")
  var targets: String?
  @Option(
    parsing: .unconditional, help: "How many of the last layers are adapted; those below run once for all experts.")
  var topLayers: Int?
  @Option(parsing: .unconditional, help: "How many of the backbone's layers are used.") var depth: Int?
  @Option(help: "The state that heads read: last (the last token's), mean (of all tokens) or last-and-mean.")
  var pooling: Pooling?
  @Option(parsing: .unconditional, help: "LoRA rank of experts.") var expertRank: Int?
  @Option(parsing: .unconditional, help: "LoRA alpha of experts.") var expertAlpha: Float?
  @Option(parsing: .unconditional, help: "Projections that experts adapt.") var expertTargets: String?
  @Option(parsing: .unconditional, help: "How many of the last layers experts adapt.") var expertTopLayers: Int?
  @Option(parsing: .unconditional, help: "Inner size of the aggregator.") var aggregatorWidth: Int?
  @Option(parsing: .unconditional, help: "How many layers the router reads through.") var routerDepth: Int?
  @Option(parsing: .unconditional, help: "The longest text in tokens.") var maximumTokens: Int?

  enum Pooling: String, ExpressibleByArgument, CaseIterable {
    case last, mean
    case lastAndMean = "last-and-mean"

    /// Also as settings spell it.
    init?(argument: String) {
      guard let value = Self(rawValue: argument == "lastAndMean" ? "last-and-mean" : argument) else { return nil }
      self = value
    }

    var value: StatePooling {
      switch self {
      case .last: .last
      case .mean: .mean
      case .lastAndMean: .lastAndMean
      }
    }
  }

  func apply(to plan: inout ModelPlan) throws {
    for path in [\ModelPlan.base, \ModelPlan.expert] {
      try Self.apply(rank, alpha, targets, topLayers, to: &plan[keyPath: path])
      if let dropout { plan[keyPath: path].dropout = dropout }
    }
    try Self.apply(expertRank, expertAlpha, expertTargets, expertTopLayers, to: &plan.expert)
    if let pooling { plan.pooling = pooling.value }
    if let depth { plan.depth = depth }
    if let aggregatorWidth { plan.aggregatorWidth = aggregatorWidth }
    if let routerDepth { plan.router.depth = routerDepth }
    if let maximumTokens { plan.maximumTokens = maximumTokens }
  }

  private static func apply(
    _ rank: Int?, _ alpha: Float?, _ targets: String?, _ topLayers: Int?, to adapter: inout ModelPlan.Adapter
  ) throws {
    if let rank { adapter.rank = rank }
    if let alpha { adapter.alpha = alpha }
    if let topLayers { adapter.topLayers = topLayers }
    if let targets {
      adapter.targets =
        targets == "all"
        ? Projection.allCases.map { "\($0)" }
        : try targets.split(separator: ",").map {
          "\(try Projection(word: $0.trimmingPrefix { $0 == " " }.description))"
        }
    }
  }
}
