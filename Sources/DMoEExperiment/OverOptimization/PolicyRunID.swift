import DMoEModel

/// Which training of a policy: the proxy and the seed.
public struct PolicyRunID: Sendable, Hashable, Codable {
  /// The proxy that trains it.
  public let proxy: ExperimentResult.Reading
  /// The seed of its training.
  public let seed: UInt64

  /// The training by this proxy with this seed.
  public init(proxy: ExperimentResult.Reading, seed: UInt64) {
    self.proxy = proxy
    self.seed = seed
  }
}

extension PolicyRunID: CustomStringConvertible {
  /// Proxy and seed, such as "single worst-case 2".
  public var description: String { ([proxy.contender.name] + words + ["\(seed)"]).joined(separator: " ") }

  /// What the proxy's folder is called.
  var folderName: String { ([proxy.contender.name] + words).joined(separator: ".") }

  /// How members are read; nothing for each alone.
  private var words: [String] {
    switch proxy.kind {
    case .length, .member: []
    case .ensemble(let rule): [rule.word]
    case .posteriorMean: ["laplace-mean"]
    case .posteriorLowerBound: ["laplace-bound"]
    case .experts(let rule): ["experts", rule.word]
    }
  }
}

extension RewardCombination {
  /// A word that can be part of a file's name.
  fileprivate var word: String {
    switch self {
    case .mean: "mean"
    case .worstCase: "worst-case"
    case .uncertaintyWeighted(let lambda): "uncertainty-\(lambda)"
    case .meanLessDeviation(let lambda): "bound-\(lambda)"
    }
  }
}
