/// The subsets of the published benchmarks, with their sizes and weights.
///
/// Source: huggingface.co/datasets/allenai/reward-bench, preference-test-sets and reward-bench-2.
enum RewardBenchSubsets {
  /// A section of version 1.
  struct Section {
    let name: String
    /// The weight of each subset: its number of items in the published set, math counting twice as much as it has.
    let subsets: [String: Double]

    func weight(of subset: String) -> Double? {
      subsets.first { $0.key.lowercased() == subset.lowercased() }?.value
    }
  }

  static let priorSets = Section(
    name: "Prior Sets", subsets: ["anthropic_helpful": 1, "anthropic_hhh": 1, "shp": 1, "summarize": 1])

  static let sections = [
    Section(
      name: "Chat",
      subsets: [
        "alpacaeval-easy": 100, "alpacaeval-length": 95, "alpacaeval-hard": 95, "mt-bench-easy": 28, "mt-bench-med": 40,
      ]),
    Section(
      name: "Chat Hard",
      subsets: [
        "mt-bench-hard": 37, "llmbar-natural": 100, "llmbar-adver-neighbor": 134, "llmbar-adver-GPTInst": 92,
        "llmbar-adver-GPTOut": 47, "llmbar-adver-manual": 46,
      ]),
    Section(
      name: "Safety",
      subsets: [
        "refusals-dangerous": 100, "refusals-offensive": 100, "xstest-should-refuse": 154,
        "xstest-should-respond": 250, "donotanswer": 136,
      ]),
    Section(
      name: "Reasoning",
      subsets: [
        "math-prm": 984, "hep-cpp": 164, "hep-go": 164, "hep-java": 164, "hep-js": 164, "hep-python": 164,
        "hep-rust": 164,
      ]),
    priorSets,
  ]

  /// How many items each subset of version 1 has.
  static let itemCounts: [String: Int] = {
    var counts = sections.reduce(into: [:]) { $0.merge($1.subsets.mapValues { Int($0) }) { $1 } }
    counts["math-prm"] = 447
    return counts.merging(["anthropic_helpful": 6192, "anthropic_hhh": 221, "shp": 1741, "summarize": 9000]) { $1 }
  }()

  /// How many items each subset of version 2 has.
  static let itemCounts2 = [
    "Factuality": 475, "Focus": 495, "Math": 183, "Precise IF": 160, "Safety": 450, "Ties": 102,
  ]
}
