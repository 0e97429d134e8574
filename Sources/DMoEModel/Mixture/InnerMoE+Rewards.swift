import DMoECore

/// What one inner mixture says of some responses.
struct CategoryRewards: Sendable {
  /// Normalized, one a response.
  var rewards: [Float] = []
  /// The experts' own rewards, by expert, then by response, normalized where a rule combines them; empty where the base
  /// alone gives the reward.
  var capabilities: [[Float]] = []

  /// Those of some of the responses, by their places; one may be there several times.
  func picking(_ places: [Int]) -> CategoryRewards {
    CategoryRewards(
      rewards: places.map { rewards[$0] }, capabilities: capabilities.map { own in places.map { own[$0] } })
  }

  /// Adds what was said of further responses.
  fileprivate mutating func append(_ other: CategoryRewards) {
    rewards += other.rewards
    capabilities = capabilities.isEmpty ? other.capabilities : zip(capabilities, other.capabilities).map(+)
  }
}

extension InnerMoE {
  /// What it has to know of a response to give its reward.
  var query: StateQuery {
    switch stage {
    case .untrained(let base), .base(let base, _): StateQuery(experts: [base.adapter])
    case .mixture(let mixture):
      // Objectives are heads over one state.
      if case .gate(let gate) = mixture.head {
        StateQuery(experts: [mixture.base.adapter], readsPromptEnd: true, promptToken: gate.token)
      } else {
        StateQuery(experts: mixture.experts.map(\.adapter))
      }
    }
  }

  /// The rewards of responses from the states that `query` asks for; one that is not finite is one response's own.
  func rewards(of blocks: [StateBlock], _ compute: Compute) -> CategoryRewards {
    var result = CategoryRewards()
    for block in blocks { result.append(rewards(of: block, compute)) }
    return result
  }

  private func rewards(of block: StateBlock, _ compute: Compute) -> CategoryRewards {
    let graph = Graph(compute)
    let states = Variable(constant: block.states)
    switch stage {
    case .untrained(let base), .base(let base, _):
      return CategoryRewards(rewards: base.head(graph, states).value.elements.map { normalization($0) })
    case .mixture(let mixture):
      return mixture.rewards(graph, states, prompts: block.promptEnds, normalization)
    }
  }
}

extension InnerMoE.Mixture {
  /// Shapes: states [experts · texts, state size], expert after expert, or [texts, hidden] for a gate, whose objectives are
  /// heads over one state; prompts [texts, hidden], the states that a gate reads.
  fileprivate func rewards(
    _ graph: Graph, _ states: Variable, prompts: Matrix?, _ normalization: RewardNormalization
  ) -> CategoryRewards {
    if case .gate(let gate) = head, let prompts {
      let own = experts.map { $0.head(graph, states).value.elements }
      let weights = gate.weights(graph, prompts: prompts)
      let rewards = (0..<states.value.rows).map { text in
        normalization(own.indices.reduce(Float(0)) { $0 + weights[text, $1] * own[$1][text] })
      }
      return CategoryRewards(rewards: rewards, capabilities: own)
    }
    let texts = states.value.rows / experts.count
    let own = experts.enumerated().map { index, expert in
      expert.head(graph, Variable(constant: states.value.rows(index * texts..<(index + 1) * texts))).value.elements
    }
    switch head {
    case .gate: preconditionFailure("InnerMoE: the gate's states were not read")
    case .aggregator(let aggregator, _):
      let raw = aggregator(graph, graph.concatenateBlocks(states, blocks: experts.count)).value.elements
      return CategoryRewards(rewards: raw.map { normalization($0) }, capabilities: own)
    case .rule(let combination, let scales, _):
      let scaled = zip(own, scales).map { values, scale in values.map { scale($0) } }
      return CategoryRewards(
        rewards: (0..<texts).map { text in combination(scaled.map { $0[text] }) }, capabilities: scaled)
    }
  }
}
