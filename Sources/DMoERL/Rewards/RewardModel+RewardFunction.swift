public import DMoEData
import DMoEFoundation
public import DMoEModel
import DMoEPolicy

/// A reward model judges what a policy writes; the two may share one backbone. What it cannot judge, because a text is empty
/// or too long, is an abstention.
extension RewardModel: RewardFunction {
  /// "reward".
  public var name: String { "reward" }

  /// A hash of its taxonomy, backbone and rule of combination, and of what it makes of two texts, to three decimals: precisions and threads do not
  /// change it.
  public var identity: String {
    var hash = SeededHash()
    hash.combine(backbone.fingerprint)
    if let combination = configuration.combination { hash.combine("\(combination)") }
    for category in configuration.taxonomy.categories { hash.combine(category.id) }
    let probes = (try? scores(prompt: "Which of two is better?", responses: ["The first is.", "No."])) ?? []
    for reward in probes { hash.combine(UInt64(bitPattern: Int64((1000 * reward).rounded()))) }
    return "reward " + String(hash.value, radix: 16)
  }

  /// The rewards of the completions of one prompt, whose category its router chooses.
  public func rewards(prompt: Conversation, completions: [String]) async throws -> [Float?] {
    try rewards(orAbstaining: completions, to: prompt)
  }

  /// The same rewards with what every expert says, how far they are apart, and how far the router is from certain.
  public func judgments(prompt: Conversation, completions: [String]) async throws -> [RewardJudgment] {
    try breakdowns(orAbstaining: completions, to: prompt).map(RewardJudgment.init)
  }
}

extension RewardJudgment {
  /// What a reward model says of a text; `nil` if it cannot judge it.
  fileprivate init(_ breakdown: RewardBreakdown?) {
    self.init(reward: breakdown?.reward)
    guard let breakdown else { return }
    for capability in breakdown.capabilities {
      parts[breakdown.category + "/" + capability.point] = capability.reward
    }
    disagreement = breakdown.capabilities.isEmpty ? nil : breakdown.disagreement
    routerDoubt = breakdown.routing.count > 1 ? breakdown.routing.max().map { 1 - $0 } : nil
  }
}
