public import DMoEData
public import DMoEEvaluate

/// The data of an experiment: what its members train on, are chosen on and are measured with.
public struct ExperimentData: Sendable {
  /// A named set of samples to measure with.
  public struct TestSet: Sendable {
    /// The name of the set in tables and folders.
    public var name: String
    /// The samples, none of which any member trains on.
    public var samples: [RankedResponses]

    /// A set of samples under a name.
    public init(name: String, samples: [RankedResponses]) {
      self.name = name
      self.samples = samples
    }
  }

  /// Overall preferences and capability labels; categories and points of `taxonomy`.
  public var training: [RankedResponses]
  /// More prompts with categories for the routers.
  public var prompts: [CategorizedPrompt]
  /// The samples by which temperatures are found and contenders chosen.
  public var validation: [RankedResponses]
  /// The sets that every contender is measured on, in the order of the tables.
  public var tests: [TestSet]
  /// The prompts that the routers' accuracy is measured on.
  public var routerTest: [CategorizedPrompt]
  /// Prompts with many responses and a better judge's scores, for the best-of-n curves.
  public var bestOfN: [BestOfNPrompt]
  /// The task categories and capability points of the samples.
  public var taxonomy: Taxonomy

  /// The data of an experiment; only training and validation samples are needed.
  public init(
    training: [RankedResponses], prompts: [CategorizedPrompt] = [], validation: [RankedResponses],
    tests: [TestSet] = [], routerTest: [CategorizedPrompt] = [], bestOfN: [BestOfNPrompt] = [], taxonomy: Taxonomy
  ) {
    self.training = training
    self.prompts = prompts
    self.validation = validation
    self.tests = tests
    self.routerTest = routerTest
    self.bestOfN = bestOfN
    self.taxonomy = taxonomy
  }

  /// Every set that is scored: validation, tests, best of n.
  func sets() throws -> [SampleSet] {
    var result = [SampleSet(id: .validation, samples: validation)]
    // Not by `SetID.init`: a test set that takes one of its names is to be told from that set, and refused.
    result += tests.map { SampleSet(id: .test($0.name), samples: $0.samples) }
    if !bestOfN.isEmpty {
      result.append(SampleSet(id: .bestOfN, samples: try bestOfN.enumerated().map { try $1.ranked(id: $0) }))
    }
    return result
  }
}

/// A set of samples that every member scores.
struct SampleSet: Sendable {
  let id: SetID
  let samples: [RankedResponses]
}

extension BestOfNPrompt {
  /// The responses in the order of their gold.
  func ranked(id: Int) throws -> RankedResponses {
    let sorted = Array(Set(gold)).sorted(by: >)
    let ranks = gold.map { value in (sorted.firstIndex(of: value) ?? 0) + 1 }
    return try RankedResponses(id: "\(id)", conversation: conversation, responses: responses, ranks: ranks)
  }
}
