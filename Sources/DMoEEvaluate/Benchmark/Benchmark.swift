/// A published benchmark of reward models, read from its official files and scored by its own rules.
///
/// ```swift
/// let items = try Benchmark.rmBench.items(contentsOf: [URL(fileURLWithPath: "total_dataset.json")])
/// let result = try model.evaluate(.rmBench, items)
/// print(result.textTable())
/// ```
public enum Benchmark: String, Sendable, Hashable, Codable, CaseIterable {
  /// RewardBench (Lambert et al., 2403.13787): one chosen and one rejected response, in four sections.
  case rewardBench = "rewardbench"
  /// RewardBench 2 (Malik et al., 2506.01937): one right response among four, and a subset of ties.
  case rewardBench2 = "rewardbench-2"
  /// RM-Bench (Liu et al., 2410.16184): three styles of a right and of a wrong response.
  case rmBench = "rm-bench"
  /// RMB (Zhou et al., 2410.09893): pairs and best of n, for helpfulness and for harmlessness.
  case rmb
  /// JudgeBench (Tan et al., 2410.12784): a right and a wrong response to a question that has an answer.
  case judgeBench = "judgebench"
  /// The human preferences of PPE, Preference Proxy Evaluations (Frick et al., 2410.14872).
  case ppePreference = "ppe-preference"
  /// The responses of known correctness of PPE: 32 to each prompt.
  case ppeCorrectness = "ppe-correctness"

  /// The name that its authors gave it.
  public var title: String {
    switch self {
    case .rewardBench: "RewardBench"
    case .rewardBench2: "RewardBench 2"
    case .rmBench: "RM-Bench"
    case .rmb: "RMB"
    case .judgeBench: "JudgeBench"
    case .ppePreference: "PPE, human preference"
    case .ppeCorrectness: "PPE, correctness"
    }
  }

  /// What the scores of a table are of, as its first column says it.
  public var categoryTitle: String {
    switch self {
    case .rewardBench, .rewardBench2: "subset"
    case .rmBench: "domain"
    case .rmb: "scenario"
    case .judgeBench: "source"
    case .ppePreference: "prompts"
    case .ppeCorrectness: "file"
    }
  }

  var rule: any BenchmarkRule.Type {
    switch self {
    case .rewardBench: RewardBenchRule.self
    case .rewardBench2: RewardBench2Rule.self
    case .rmBench: RMBenchRule.self
    case .rmb: RMBRule.self
    case .judgeBench: JudgeBenchRule.self
    case .ppePreference: PPEPreferenceRule.self
    case .ppeCorrectness: PPECorrectnessRule.self
    }
  }
}
