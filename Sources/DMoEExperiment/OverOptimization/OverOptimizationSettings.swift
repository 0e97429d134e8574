public import DMoEModel
public import DMoERL

/// The settings of a measurement of over-optimization, but for its contenders, gold model and prompts.
///
/// ```swift
/// let settings = OverOptimizationSettings { $0.bestOfN.samples = 64; $0.policies.proxies = [] }
/// ```
public struct OverOptimizationSettings: Sendable, Equatable, Codable {
  /// How texts are drawn, everywhere: to learn from, to choose among and in the training of policies.
  public var drawing = Drawing()
  /// The pairs that proxies learn from.
  public var pairs = Pairs()
  /// The choice among many texts.
  public var bestOfN = BestOfN()
  /// The policies that proxies train.
  public var policies = Policies()

  /// Settings for several hours on two cores.
  public init() {}

  /// Settings with changes.
  public init(_ change: (inout OverOptimizationSettings) throws -> Void) rethrows {
    self.init()
    try change(&self)
  }

  /// How texts are drawn: from the policy's own probabilities, of which nothing is cut off, so that their divergence is known.
  public struct Drawing: Sendable, Equatable, Codable {
    /// The most tokens of a text.
    public var maximumTokens = 48
    /// What logits are divided by.
    public var temperature: Float = 1
    /// What all texts depend on, besides their prompts.
    public var seed: UInt64 = 1

    /// Short texts.
    public init() {}
  }

  /// The pairs that proxies learn from.
  public struct Pairs: Sendable, Equatable, Codable {
    /// How many pairs of texts each prompt gets, no text in two of them.
    public var perPrompt = 4
    /// The share of prompts whose pairs are for validation, with the gold model's own labels.
    public var validation = 0.15

    /// Four pairs of every prompt.
    public init() {}
  }

  /// The choice among many texts.
  public struct BestOfN: Sendable, Equatable, Codable {
    /// How many of the held-out prompts are answered; more than there are takes all.
    public var prompts = 64
    /// How many texts each of them gets, which are drawn once for all proxies.
    public var samples = 256

    /// 256 texts to 64 prompts (Coste et al., 2310.02743, choose among up to 12,500).
    public init() {}
  }

  /// The policies that proxies train.
  public struct Policies: Sendable, Equatable, Codable {
    /// A proxy that trains policies.
    public struct Proxy: Sendable, Hashable, Codable {
      /// The name of its contender.
      public var contender: String
      /// How the contender's members are read; each alone if it is not there.
      public var reading: ProxyReading?

      /// A reading of a contender.
      public init(contender: String, reading: ProxyReading? = nil) {
        self.contender = contender
        self.reading = reading
      }
    }

    /// Which proxies train policies, and none if the list is empty. If it is not there: every single model alone and, of several
    /// seeds, their worst case, and every mixture.
    public var proxies: [Proxy]?
    /// The seeds of the runs of each proxy. Of a contender whose members are read alone, each run has the next member.
    public var seeds: [UInt64] = [1, 2, 3]
    /// How many steps there are between two measurements.
    public var every = 5
    /// How many of the held-out prompts a measurement takes: the first of those that the best of n is chosen for.
    public var prompts = 32
    /// How many texts each of them gets.
    public var samples = 4
    /// The adapter that a policy begins with.
    public var adapter = LoRAConfiguration(rank: 16, alpha: 32, dropout: 0)
    /// How policies are trained. Seed, temperature and length of texts are replaced by those of the run and of `drawing`.
    public var training = RLConfiguration {
      ($0.steps, $0.promptsPerStep, $0.groupSize) = (60, 8, 8)
      $0.optimizer.learningRate = 5e-4
      // Nothing holds the policy back: how far it goes is what is measured.
      $0.objective.kl = nil
      $0.objective.masksTruncated = false
    }

    /// Three runs of 60 steps for each proxy, which nothing holds back.
    public init() {}
  }
}

/// A way in which a proxy's rewards become one, as settings name it.
public enum ProxyReading: String, Sendable, Hashable, Codable, CaseIterable {
  /// Each member on its own.
  case alone
  /// The mean of all members.
  case mean
  /// The least of all members.
  case worstCase
  /// The mean of all members less half their variance.
  case uncertaintyWeighted
  /// The mean of one member's experts.
  case expertsMean
  /// The least of one member's experts.
  case expertsWorstCase
  /// The mean of one member's experts less half their variance.
  case expertsUncertaintyWeighted

  /// The same as results name it; λ as in Coste et al., 2310.02743.
  var kind: ExperimentResult.Reading.Kind {
    switch self {
    case .alone: .member
    case .mean: .ensemble(rule: .mean)
    case .worstCase: .ensemble(rule: .worstCase)
    case .uncertaintyWeighted: .ensemble(rule: .uncertaintyWeighted(lambda: 0.5))
    case .expertsMean: .experts(rule: .mean)
    case .expertsWorstCase: .experts(rule: .worstCase)
    case .expertsUncertaintyWeighted: .experts(rule: .uncertaintyWeighted(lambda: 0.5))
    }
  }
}
