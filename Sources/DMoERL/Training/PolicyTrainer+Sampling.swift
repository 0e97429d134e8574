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
    let options = GenerationOptions(
      maximumTokens: configuration.maximumTokens, sampling: configuration.sampling,
      seed: RandomSource.seed(configuration.seed, stream: UInt64(steps)))
    let ids = try prompts.map(policy.promptIDs)
    var completions = [[Completion]](repeating: [], count: prompts.count)
    // A prompt that comes several times gets other samples each time.
    for (turn, places) in Self.turns(ids).enumerated() {
      var options = options
      options.firstSample = turn * configuration.groupSize
      let drawn = try policy.generate(ids: places.map { ids[$0] }, count: configuration.groupSize, options: options)
      for (place, samples) in zip(places, drawn) { completions[place] = samples }
    }
    return prompts.indices.map { place in
      RollOut(
        conversation: prompts[place], promptIDs: ids[place], completions: completions[place],
        rewards: completions[place].map { _ in nil })
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
