import DMoECore
public import DMoEData
import DMoEFoundation
import DMoEPolicy

extension PolicyTrainer {
  /// Draws the completions of a step's prompts; none of them is judged yet. They are the same until the next update.
  ///
  /// - Throws: What sampling throws; `CoreError.outOfRange` without a prompt.
  public func sample(_ prompts: [Conversation]) throws -> [RollOut] {
    guard !prompts.isEmpty else { throw CoreError.outOfRange("prompts", value: "0", allowed: "at least 1") }
    let ids = try prompts.map(policy.promptIDs)
    return try configuration.microBatches(of: prompts.count).flatMap { try sample(prompts, ids, at: $0) }
  }

  /// Draws those of one micro-batch, side by side and apart from all others.
  ///
  /// - Parameters:
  ///   - prompts: All prompts of the step.
  ///   - ids: Their token ids.
  ///   - places: The micro-batch.
  func sample(_ prompts: [Conversation], _ ids: [[Int32]], at places: Range<Int>) throws -> [RollOut] {
    let options = GenerationOptions(
      maximumTokens: configuration.maximumTokens, sampling: configuration.sampling,
      seed: RandomSource.seed(configuration.seed, stream: UInt64(steps)))
    var completions: [Int: [Completion]] = [:]
    // A prompt that comes several times gets other samples each time.
    for (turn, all) in Self.turns(ids).enumerated() {
      let places = all.filter(places.contains)
      guard !places.isEmpty else { continue }
      var options = options
      options.firstSample = turn * configuration.groupSize
      let drawn = try policy.generate(ids: places.map { ids[$0] }, count: configuration.groupSize, options: options)
      for (place, samples) in zip(places, drawn) { completions[place] = samples }
    }
    return places.map { place in
      let own = completions[place] ?? []
      return RollOut(
        conversation: prompts[place], promptIDs: ids[place], completions: own, rewards: own.map { _ in nil })
    }
  }

  /// The places of the prompts that come for the first time, then of those for the second, and so on.
  private static func turns(_ ids: [[Int32]]) -> [[Int]] {
    var seen: [[Int32]: Int] = [:]
    var turns: [[Int]] = []
    for (place, prompt) in ids.enumerated() {
      let turn = seen[prompt, default: 0]
      seen[prompt] = turn + 1
      if turn == turns.count { turns.append([]) }
      turns[turn].append(place)
    }
    return turns
  }
}
