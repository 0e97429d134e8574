extension OverOptimization {
  /// The readings that train policies.
  ///
  /// - Throws: `ExperimentError.invalidPlan` for a proxy that is no contender, or cannot be read so.
  var trainingReadings: [ExperimentResult.Reading] {
    get throws(ExperimentError) {
      guard let proxies = settings.policies.proxies else { return standardReadings }
      var readings: [ExperimentResult.Reading] = []
      for proxy in proxies {
        let reading = try reading(of: proxy)
        guard !readings.contains(reading) else {
          throw .invalidPlan(reason: "policies.proxies names \(proxy.contender) twice in one reading")
        }
        readings.append(reading)
      }
      return readings
    }
  }

  /// Every run of a policy's training, in order.
  var policyRuns: [PolicyRunID] {
    get throws(ExperimentError) {
      var runs: [PolicyRunID] = []
      for reading in try trainingReadings {
        runs += settings.policies.seeds.map { PolicyRunID(proxy: reading, seed: $0) }
      }
      return runs
    }
  }

  /// The member that a run's reward is; `nil` where all are asked.
  func member(of run: PolicyRunID) -> MemberID? {
    guard run.proxy.kind.asksOneMember, let contender = contenders.first(where: { $0.id == run.proxy.contender }) else {
      return nil
    }
    let place = settings.policies.seeds.firstIndex(of: run.seed) ?? 0
    return MemberID(contender: contender.id, seed: contender.seeds[place % contender.seeds.count])
  }

  /// Every single model and, of several seeds, their worst case; every mixture.
  private var standardReadings: [ExperimentResult.Reading] {
    contenders.flatMap { contender -> [ExperimentResult.Reading] in
      let alone = ExperimentResult.Reading(contender: contender.id, kind: .member)
      switch contender.structure {
      case .single where contender.seeds.count > 1:
        return [alone, .init(contender: contender.id, kind: ProxyReading.worstCase.kind)]
      case .single, .mixture: return [alone]
      case .length, .probe, .pooled, .perTask, .withoutOuter: return []
      }
    }
  }

  private func reading(
    of proxy: OverOptimizationSettings.Policies.Proxy
  ) throws(ExperimentError) -> ExperimentResult.Reading {
    guard let contender = contenders.first(where: { $0.id.name == proxy.contender }) else {
      throw .invalidPlan(reason: "policies.proxies names \(proxy.contender), and there is no such contender")
    }
    guard contender.isTrained else {
      throw .invalidPlan(
        reason: "policies.proxies names \(proxy.contender), which is no model that could train a policy")
    }
    let kind = (proxy.reading ?? .alone).kind
    if case .ensemble = kind, contender.seeds.count < 2 {
      throw .invalidPlan(reason: "policies.proxies reads \(proxy.contender) as an ensemble, and it has one seed")
    }
    if case .ensemble = kind, !contender.structure.isEnsembleMember {
      throw .invalidPlan(
        reason: "policies.proxies reads \(proxy.contender) as an ensemble, and its members have experts of their own")
    }
    if case .experts = kind, ![.mixture, .withoutOuter].contains(contender.structure) {
      throw .invalidPlan(reason: "policies.proxies reads the experts of \(proxy.contender), which has none")
    }
    return ExperimentResult.Reading(contender: contender.id, kind: kind)
  }
}

extension ExperimentResult.Reading.Kind {
  /// Whether one member gives a reward, and not all of them.
  var asksOneMember: Bool {
    switch self {
    case .ensemble, .length: false
    case .member, .posteriorMean, .posteriorLowerBound, .experts: true
    }
  }
}

extension ExperimentContender.Structure {
  /// Whether several models of the kind can be one: those without capability experts.
  var isEnsembleMember: Bool {
    switch self {
    case .probe, .single, .pooled, .perTask: true
    case .length, .mixture, .withoutOuter: false
    }
  }
}
