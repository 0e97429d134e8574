import ArgumentParser
@_spi(Command) import DMoERM

/// The options that change the model's configuration.
struct ModelArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: "LoRA rank of bases and experts.") var rank: Int?
  @Option(parsing: .unconditional, help: "LoRA alpha of bases and experts.") var alpha: Float?
  @Option(parsing: .unconditional, help: "LoRA dropout of bases and experts.") var dropout: Float?
  @Option(
    parsing: .unconditional,
    help: "Projections that are adapted, separated by commas: query,key,value,output,gate,up,down or all.",
    transform: ProjectionList.init)
  var targets: ProjectionList?
  @Option(
    parsing: .unconditional, help: "How many of the last layers are adapted; those below run once for all experts.")
  var topLayers: Int?
  @Option(parsing: .unconditional, help: "How many of the backbone's layers are used.") var depth: Int?
  @Option(
    help: """
      The state that heads read: last (the last token's), mean (of all tokens), last-and-mean, response (the mean of the \
      response's tokens) or last-and-response.
      """)
  var pooling: Choice<StatePooling>?
  @Option(
    parsing: .unconditional,
    help: "Depths below --depth whose states heads read as well, from the lowest up, separated by commas.",
    transform: DepthList.init)
  var lowerDepths: DepthList?
  @Option(parsing: .unconditional, help: "LoRA rank of experts.") var expertRank: Int?
  @Option(parsing: .unconditional, help: "LoRA alpha of experts.") var expertAlpha: Float?
  @Option(parsing: .unconditional, help: "Projections that experts adapt.", transform: ProjectionList.init)
  var expertTargets: ProjectionList?
  @Option(parsing: .unconditional, help: "How many of the last layers experts adapt.") var expertTopLayers: Int?
  @Option(parsing: .unconditional, help: "Inner size of the aggregator.") var aggregatorWidth: Int?
  @Option(parsing: .unconditional, help: "How many layers the router reads through.") var routerDepth: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      What is done with a conversation whose most probable category is less than P probable: top1 (that one all the \
      same), mixture:P (all, by their probabilities), fallback:P or fallback:P:NAME (the category NAME, general if not \
      given, whose base is trained on the preferences of all).
      """, valueName: "rule"))
  var routing: RoutingWord?
  @Option(parsing: .unconditional, help: "The longest text in tokens.") var maximumTokens: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The template that texts are read through: a name such as qwen-3, a file that Scripts/derive-template wrote, or "
        + "backbone, the one in the backbone's files. Default: chatml.", valueName: "name"))
  var template: String?

  func validate() throws {
    guard let id = routing?.policy.fallbackCategory else { return }
    do { _ = try Taxonomy([TaskCategory(id: id)]) } catch {
      throw ValidationError(
        "--routing fallback:P:NAME needs a name of 1 to 64 letters a-z, digits, - and _, not \"\(id.onOneLine)\"")
    }
  }

  func apply(to model: inout RewardModel.Configuration) {
    for path in [\RewardModel.Configuration.base, \.expert] {
      if let rank { model[keyPath: path].rank = rank }
      if let alpha { model[keyPath: path].alpha = alpha }
      if let dropout { model[keyPath: path].dropout = dropout }
      if let targets { model[keyPath: path].targets = targets.projections }
      if let topLayers { model[keyPath: path].topLayers = topLayers }
    }
    if let expertRank { model.expert.rank = expertRank }
    if let expertAlpha { model.expert.alpha = expertAlpha }
    if let expertTargets { model.expert.targets = expertTargets.projections }
    if let expertTopLayers { model.expert.topLayers = expertTopLayers }
    if let pooling { model.pooling = pooling.value }
    if let depth { model.depth = depth }
    if let lowerDepths { model.lowerDepths = lowerDepths.depths }
    if let aggregatorWidth { model.aggregatorWidth = aggregatorWidth }
    if let routerDepth { model.router.depth = routerDepth }
    if let routing { model.routing = routing.policy }
    if let maximumTokens { model.maximumTokens = maximumTokens }
  }
}
