import DMoEData

extension RewardModel {
  /// The reward of a response to a prepared prompt: what `score(_:to:)` gives, at the cost of the response alone.
  public func score(_ response: String, after prompt: PreparedPrompt) throws -> Float {
    try scores([response], after: prompt)[0]
  }

  /// The rewards of responses to a prepared prompt, in their order.
  ///
  /// A response that is too long for the whole prompt is scored as `scores(_:to:)` scores it, from the start; so is one that
  /// makes the text longer than the backbone's first training knew, if the backbone reads long texts otherwise.
  ///
  /// - Throws: `ModelError.stalePrompt` if another model, or this one before a change of its weights, prepared it;
  ///   `.emptyInput`, `.overLength`, `.nonFiniteReward`; `TokenizerError`.
  public func scores(_ responses: [String], after prompt: PreparedPrompt) throws -> [Float] {
    try breakdowns(of: responses, after: prompt).map(\.reward)
  }

  /// The rewards of responses to a prepared prompt with their reasons, in their order.
  public func breakdowns(of responses: [String], after prompt: PreparedPrompt) throws -> [RewardBreakdown] {
    guard !responses.isEmpty else { throw ModelError.emptyInput("the list of responses") }
    return try attempts(after: [(prompt: prompt, responses: responses)])[0].map { try $0.get() }
  }

  /// What becomes of the responses to several prepared prompts, which are read at once: those of one category share its
  /// passes, and a response without a reward takes none of the others with it.
  ///
  /// Each reward is what `score(_:after:)` gives, to rounding; where rows are kept apart (`Docs/Numerics.md`), to the bit.
  ///
  /// - Returns: For every group one for each response, in their order; a failure is what `scores(_:after:)` throws.
  /// - Throws: `ModelError.stalePrompt` if a prompt is not this model's.
  @_spi(Command) public func attempts(
    after groups: [(prompt: PreparedPrompt, responses: [String])]
  ) throws -> [[Result<RewardBreakdown, any Error>]] {
    guard groups.allSatisfy({ $0.prompt.identity === identity }) else { throw ModelError.stalePrompt }
    let own = try ownAttempts(after: groups)
    guard !companions.isEmpty else { return own }
    let others = try companions.enumerated().map { member, companion in
      try companion.attempts(after: groups.map { ($0.prompt.companions[member], $0.responses) })
    }
    return own.enumerated().map { group, own in
      own.enumerated().map { place, first in
        Result { combined([try first.get()], try others.map { [try $0[group][place].get()] })[0] }
      }
    }
  }

  /// What is read of a response to a prepared prompt.
  fileprivate enum Reading {
    /// What goes on from the prompt's keys and values.
    case continuation([Int32])
    /// The whole text, which is turned otherwise or has to lose turns.
    case wholeText
  }

  /// What the model says itself, whatever its companions do.
  private func ownAttempts(
    after groups: [(prompt: PreparedPrompt, responses: [String])]
  ) throws -> [[Result<RewardBreakdown, any Error>]] {
    let readings = groups.map { group in
      group.responses.map { response in Result { try reading(of: response, after: group.prompt) } }
    }
    let encoded = zip(groups, readings).map { group, readings in
      EncodedResponses(prompt: group.prompt.ids, responses: readings.compactMap(\.continuation))
    }
    let rewards = try rewards(of: encoded.map(\.responses), after: groups.map(\.prompt))
    return groups.indices.map { group in
      var next = 0
      return readings[group].enumerated().map { place, reading in
        Result { () throws -> RewardBreakdown in
          let prompt = groups[group].prompt
          switch try reading.get() {
          case .wholeText:
            return try breakdownFromTheStart(of: groups[group].responses[place], at: place, prompt)
          case .continuation:
            defer { next += 1 }
            return try breakdown(of: next, in: encoded[group], prompt.route, rewards[group])
          }
        }
      }
    }
  }

  private func reading(of response: String, after prompt: PreparedPrompt) throws -> Reading {
    let ids = try reader.responseIDs([response])[0]
    try reader.backbone.check(ids)
    let count = prompt.ids.count + ids.count
    let fits =
      !prompt.caches.isEmpty && count <= configuration.maximumTokens
      && reader.canContinue(prompt.ids, toTokens: count)
    return fits ? .continuation(ids) : .wholeText
  }

  /// What every category that counts says of the responses to each prompt.
  private func rewards(of responses: [[[Int32]]], after prompts: [PreparedPrompt]) throws -> [[ShareOfReward]] {
    var rewards: [[ShareOfReward]] = prompts.map { _ in [] }
    for (category, mixture) in inner.enumerated() {
      let own = prompts.indices.compactMap { place -> (place: Int, texts: Continuations)? in
        guard !responses[place].isEmpty,
          let cache = prompts[place].caches.first(where: { $0.category == category })?.cache
        else { return nil }
        return (place, Continuations(prompt: cache, responses: responses[place]))
      }
      let states = try reader.read(own.map(\.texts))
      let all = mixture.rewards(of: states.blocks, compute)
      for (item, places) in zip(own, states.places) {
        rewards[item.place].append(ShareOfReward(category: category, rewards: all.picking(places)))
      }
    }
    return rewards
  }

  /// The breakdown of a response that is too long for the whole prompt.
  private func breakdownFromTheStart(
    of response: String, at place: Int, _ prompt: PreparedPrompt
  ) throws -> RewardBreakdown {
    do {
      return try ownBreakdowns([(prompt.conversation, [response])], category: prompt.category, trunk: nil)[0][0]
    } catch ModelError.overLength(var what) {
      if case .response(_, let tokens) = what.text { what.text = .response(place, tokens: tokens) }
      throw ModelError.overLength(what)
    }
  }
}

extension Result where Success == RewardModel.Reading {
  /// The tokens that go on from the prompt, if they do.
  fileprivate var continuation: [Int32]? { if case .success(.continuation(let ids)) = self { ids } else { nil } }
}
