/// What training policies by one proxy gained, prompt by prompt, in deviations: the mean over seeds.
struct PolicyGains {
  /// The steps that the longest run was measured after. A run that ended before stays what it was then: its policy does.
  let steps: [Int]
  /// By step, then by prompt.
  private let divergences: [[Double]]
  /// By prompt, then by step; `nil` for a prompt that has no reward in some measurement.
  private let proxy: [[Double]?]
  /// The same of the gold model.
  let gold: [[Double]?]

  /// - Parameters:
  ///   - runs: At least one, of one proxy on the same prompts.
  ///   - deviations: Of each run's proxy, among the texts of the policy that they began from.
  ///   - goldDeviation: The same of the gold model.
  init(_ runs: [MeasuredPolicy], deviations: [Double], goldDeviation: Double) {
    let steps = runs.map { $0.measurements.map(\.step) }.max { ($0.last ?? 0) < ($1.last ?? 0) } ?? []
    let measured = runs.map { run in
      steps.map { step in run.measurements.last { $0.step <= step } ?? run.measurements[0] }
    }
    let prompts = runs[0].measurements[0].divergences.indices
    self.steps = steps
    divergences = steps.indices.map { step in
      prompts.map { prompt in measured.map { $0[step].divergences[prompt] }.mean ?? 0 }
    }
    func gains(_ prompt: Int, _ value: (_ run: Int, _ step: Int) -> Double?) -> [Double]? {
      let all = steps.indices.compactMap { step -> Double? in
        let own = runs.indices.compactMap { value($0, step) }
        return own.count == runs.count ? own.mean : nil
      }
      return all.count == steps.count ? all : nil
    }
    func gain(_ prompt: Int, _ run: Int, _ step: Int) -> (gold: Double, proxy: Double)? {
      guard let now = measured[run][step].rewards[prompt], let before = measured[run][0].rewards[prompt] else {
        return nil
      }
      func share(_ gain: Double, _ deviation: Double) -> Double { deviation > 0 ? gain / deviation : 0 }
      return (share(now.gold - before.gold, goldDeviation), share(now.proxy - before.proxy, deviations[run]))
    }
    proxy = prompts.map { prompt in gains(prompt) { gain(prompt, $0, $1)?.proxy } }
    gold = prompts.map { prompt in gains(prompt) { gain(prompt, $0, $1)?.gold } }
  }

  /// The places of prompts with rewards in all measurements.
  private var kept: [Int] { gold.indices.filter { gold[$0] != nil } }

  /// How many prompts have none in some measurement.
  var leftOut: Int { gold.count - kept.count }

  /// The curve; `nil` without a prompt.
  var curve: OverOptimizationResult.Curve? {
    let kept = kept
    guard !kept.isEmpty else { return nil }
    return OverOptimizationResult.Curve(
      efforts: steps, form: .policy, divergences: divergences.map { step in kept.map { step[$0] } },
      proxy: kept.map { proxy[$0] ?? [] }, gold: kept.map { gold[$0] ?? [] })
  }
}

extension MeasuredPolicy {
  /// What one run came to, prompts with rewards in all of its measurements together.
  func summary(deviation: Double, goldDeviation: Double) -> OverOptimizationResult.PolicyRunSummary {
    let points = PolicyGains([self], deviations: [deviation], goldDeviation: goldDeviation).curve?.points ?? []
    return OverOptimizationResult.PolicyRunSummary(
      id: id, steps: steps, ending: ending,
      textsWithoutReward: measurements.reduce(0) { $0 + $1.textsWithoutReward },
      points: points.map {
        .init(step: $0.effort, divergence: $0.divergence, proxy: $0.proxy.value, gold: $0.gold.value)
      })
  }
}
