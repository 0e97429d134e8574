import ArgumentParser
import DMoERL
@_spi(Command) import DMoERM

/// How advantages are made of rewards, by the names people know.
enum RLAlgorithm: String, ExpressibleByArgument, CaseIterable {
  case grpo
  case drGRPO = "dr-grpo"
  case dapo, rloo, reinforce, ppo

  /// Changes the settings in which it differs from GRPO.
  func apply(to configuration: inout RLConfiguration) {
    switch self {
    case .grpo: break
    case .drGRPO:
      configuration.advantages = .group(.none)
      configuration.objective.aggregation = .constantLength(configuration.maximumTokens)
    case .dapo:
      configuration.objective.aggregation = .tokenMean
      configuration.objective.clipHigh = 0.28
      configuration.objective.kl = nil
    case .rloo:
      configuration.advantages = .leaveOneOut
      configuration.objective.kl = Self.charged
    case .reinforce:
      configuration.advantages = .batchMean
      configuration.objective.kl = Self.charged
    case .ppo:
      configuration.advantages = .generalized(GeneralizedAdvantage())
      configuration.objective.aggregation = .tokenMean
      configuration.objective.kl = Self.charged
      configuration.updatesPerStep = 4
    }
  }

  /// A penalty that is taken from rewards.
  private static let charged = KLPenalty { ($0.estimator, $0.place, $0.coefficient) = (.k1, .reward, 0.05) }
}

/// The settings of a run that people change most.
struct RLArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: "The way of policy gradients.") var algorithm = RLAlgorithm.grpo
  @Option(parsing: .unconditional, help: "How many steps.") var steps = RLConfiguration().steps
  @Option(parsing: .unconditional, help: "How many answers of a prompt are compared.")
  var groupSize = RLConfiguration().groupSize
  @Option(parsing: .unconditional, help: "How many prompts a step takes.")
  var promptsPerStep = RLConfiguration().promptsPerStep
  @Option(parsing: .unconditional, help: "The most tokens of an answer.") var maxTokens = RLConfiguration()
    .maximumTokens
  @Option(parsing: .unconditional, help: "The learning rate.")
  var learningRate = RLConfiguration().optimizer.learningRate
  @Option(parsing: .unconditional, help: "What a nat away from the reference costs; 0 keeps no reference.")
  var kl: Double?
  @Option(parsing: .unconditional, help: "What logits are divided by, for sampling and training alike.")
  var temperature = RLConfiguration().temperature
  @Option(parsing: .unconditional, help: "The rank of the policy's adapter.") var rank = 16
  @Option(parsing: .unconditional, help: "The random choices follow from it.") var seed: UInt64 = 0
  @Flag(help: "Learn from answers that were cut off too.") var keepTruncated = false

  func validate() throws {
    try Bounds.check("--rank", rank, 1...4096)
    if let kl, !(kl >= 0 && kl.isFinite) { throw ValidationError("--kl must be 0 or above") }
  }

  var adapter: LoRAConfiguration { LoRAConfiguration(rank: rank, alpha: Float(2 * rank), dropout: 0) }

  func configuration() throws -> RLConfiguration {
    RLConfiguration {
      ($0.steps, $0.groupSize, $0.promptsPerStep) = (steps, groupSize, promptsPerStep)
      ($0.maximumTokens, $0.temperature, $0.seed) = (maxTokens, temperature, seed)
      $0.optimizer.learningRate = learningRate
      $0.objective.masksTruncated = !keepTruncated
      algorithm.apply(to: &$0)
      if let kl {
        $0.objective.kl =
          kl == 0
          ? nil
          : KLPenalty { [old = $0.objective.kl ?? KLPenalty()] in
            $0 = old
            $0.coefficient = kl
          }
      }
    }
  }
}
