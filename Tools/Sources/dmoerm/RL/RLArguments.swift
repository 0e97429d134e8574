import ArgumentParser
import DMoERL
@_spi(Command) import DMoERM

/// The settings of a run that people change most; those that are not given are those of --config, or of the algorithm.
struct RLArguments: ParsableArguments {
  private static let standard = RLPlan()

  @Option(parsing: .unconditional, help: "The way of policy gradients (default: grpo).") var algorithm: RLAlgorithm?
  @Option(parsing: .unconditional, help: "How many steps (default: \(standard.training.steps)).") var steps: Int?
  @Option(
    parsing: .unconditional,
    help: "How many answers of a prompt are sampled and compared (default: \(standard.training.groupSize)).")
  var groupSize: Int?
  @Option(
    parsing: .unconditional, help: "How many prompts a step takes (default: \(standard.training.promptsPerStep)).")
  var promptsPerStep: Int?
  @Option(
    parsing: .unconditional, help: "How many updates are made from what a step sampled (default: 1; of ppo 4).")
  var updatesPerStep: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Sample, measure and learn from so many prompts at a time alone; the gradients of a step's micro-batches are added up in a "
        + "fixed order, and `dmoerm-mpi` shares them out. Other sizes give other texts, since products round otherwise.",
      valueName: "prompts"))
  var microBatch: Int?
  @Option(parsing: .unconditional, help: "The most tokens of an answer (default: \(standard.training.maximumTokens)).")
  var maxTokens: Int?
  @Option(
    parsing: .unconditional, help: "The learning rate (default: \(standard.training.optimizer.learningRate)).")
  var learningRate: Double?
  @Option(parsing: .unconditional, help: "What a nat away from the reference costs; 0 keeps no reference.")
  var kl: Double?
  @Option(
    parsing: .unconditional,
    help: "What logits are divided by, for sampling and training alike (default: \(standard.training.temperature)).")
  var temperature: Float?
  @Option(
    parsing: .unconditional,
    help: "The rank of the policy's new adapter; its alpha is twice that (default: \(standard.adapter.rank)).")
  var rank: Int?
  @Option(parsing: .unconditional, help: "The random choices follow from it (default: \(standard.training.seed)).")
  var seed: UInt64?
  @Flag(help: "Learn from answers that were cut off too.") var keepTruncated = false

  func validate() throws {
    try Bounds.check("--rank", rank, 1...4096)
    if let kl, !(kl >= 0 && kl.isFinite) { throw ValidationError("--kl must be 0 or above") }
  }

  /// The settings: options stand above --config, which stands above the algorithm's.
  ///
  /// - Throws: What reading the file throws; `ValidationError` for a file that says another algorithm than --algorithm.
  func plan(_ config: SettingsFile?) throws -> RLPlan {
    var plan = RLPlan()
    (algorithm ?? .grpo).apply(to: &plan.training)
    let asked = plan.training
    if let config { plan = try plan.overridden(by: config.json, in: config.path) }
    let given = plan.training
    if let algorithm,
      given.advantages != asked.advantages || !given.objective.aggregation.isKind(of: asked.objective.aggregation)
    {
      throw ValidationError(
        "--algorithm \(algorithm.rawValue) and the advantages or the aggregation of --config are not of one algorithm; "
          + "leave one of both out")
    }
    apply(to: &plan)
    // A length that losses are divided by is the longest one that there can be.
    if case .constantLength(let length) = given.objective.aggregation,
      [asked.maximumTokens, given.maximumTokens].contains(length)
    {
      plan.training.objective.aggregation = .constantLength(plan.training.maximumTokens)
    }
    return plan
  }

  private func apply(to plan: inout RLPlan) {
    if let rank { (plan.adapter.rank, plan.adapter.alpha) = (rank, Float(2 * rank)) }
    if let steps { plan.training.steps = steps }
    if let groupSize { plan.training.groupSize = groupSize }
    if let promptsPerStep { plan.training.promptsPerStep = promptsPerStep }
    if let updatesPerStep { plan.training.updatesPerStep = updatesPerStep }
    if let maxTokens { plan.training.maximumTokens = maxTokens }
    if let microBatch { plan.training.microBatch = microBatch }
    if let learningRate { plan.training.optimizer.learningRate = learningRate }
    if let temperature { plan.training.temperature = temperature }
    if let seed { plan.training.seed = seed }
    if keepTruncated { plan.training.objective.masksTruncated = false }
    guard let kl else { return }
    var penalty = plan.training.objective.kl ?? KLPenalty()
    penalty.coefficient = kl
    plan.training.objective.kl = kl == 0 ? nil : penalty
  }
}
