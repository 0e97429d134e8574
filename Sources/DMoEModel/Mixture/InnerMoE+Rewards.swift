import DMoECore

/// What one inner mixture says of some responses.
struct CategoryRewards: Sendable {
  /// Normalized, one a response.
  var rewards: [Float] = []
  /// The experts' own rewards, by expert, then by response, normalized where a rule combines them; empty where an expert is
  /// missing.
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
    // Objectives are heads over one state.
    if case .mixture(let mixture) = stage, case .gate(let gate) = mixture.head {
      return StateQuery(experts: [mixture.base.adapter], readsPromptEnd: true, promptToken: gate.token)
    }
    return StateQuery(experts: SharedReadings(of: readers).adapters)
  }

  /// Whose states it reads, in their order: where the base gives the reward, the base comes first, and then the experts, which
  /// are not asked for it and say what they think.
  private var readers: [Expert] {
    switch stage {
    case .untrained(let base): [base]
    case .base(let base, _): [base] + (completeExperts ?? [])
    case .mixture(let mixture): mixture.experts
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
    if case .mixture(let mixture) = stage, case .gate(let gate) = mixture.head {
      return mixture.rewards(graph, by: gate, of: block, normalization)
    }
    let readings = SharedReadings(of: readers)
    let states = readings.spread(block.states)
    let own = zip(readers, states).map { expert, states in
      expert.head(graph, Variable(constant: states)).value.elements
    }
    guard case .mixture(let mixture) = stage else {
      return CategoryRewards(rewards: own[0].map { normalization($0) }, capabilities: Array(own.dropFirst()))
    }
    switch mixture.head {
    case .gate: preconditionFailure("InnerMoE: a gate reads states of its own")
    case .aggregator(let aggregator, _):
      let beside = graph.beside(states.map { Variable(constant: $0) })
      return CategoryRewards(
        rewards: aggregator(graph, beside).value.elements.map { normalization($0) }, capabilities: own)
    case .rule(let combination, let scales, _):
      let scaled = zip(own, scales).map { values, scale in values.map { scale($0) } }
      return CategoryRewards(
        rewards: (scaled.first ?? []).indices.map { text in combination(scaled.map { $0[text] }) }, capabilities: scaled
      )
    }
  }
}

/// Which states the heads of several experts read: those whose adapters change nothing read one and the same.
private struct SharedReadings {
  /// The adapters under each of which texts are read.
  private(set) var adapters: [LoRAAdapter] = []
  /// For each expert the place of its adapter.
  private var places: [Int] = []

  init(of experts: [Expert]) {
    var bare: Int?
    for expert in experts {
      let isBare = expert.adapter.changesNothing
      if isBare, let bare {
        places.append(bare)
        continue
      }
      if isBare { bare = adapters.count }
      places.append(adapters.count)
      adapters.append(isBare ? LoRAAdapter(layerCount: expert.adapter.layerCount) : expert.adapter)
    }
  }

  /// The states of each expert. Shapes: states [adapters · texts, state size], adapter after adapter -> [texts, state size].
  func spread(_ states: Matrix) -> [Matrix] {
    let texts = states.rows / adapters.count
    let parts = adapters.indices.map { states.rows($0 * texts..<($0 + 1) * texts) }
    return places.map { parts[$0] }
  }
}

extension InnerMoE.Mixture {
  /// Shapes of the block: states [texts, hidden], over which objectives are heads; prompt ends [texts, hidden], which the gate
  /// reads.
  fileprivate func rewards(
    _ graph: Graph, by gate: ObjectiveGate, of block: StateBlock, _ normalization: RewardNormalization
  ) -> CategoryRewards {
    guard let prompts = block.promptEnds else { preconditionFailure("InnerMoE: the gate's states were not read") }
    let states = Variable(constant: block.states)
    let own = experts.map { $0.head(graph, states).value.elements }
    let weights = gate.weights(graph, prompts: prompts)
    let rewards = (0..<states.value.rows).map { text in
      normalization(own.indices.reduce(Float(0)) { $0 + weights[text, $1] * own[$1][text] })
    }
    return CategoryRewards(rewards: rewards, capabilities: own)
  }
}
