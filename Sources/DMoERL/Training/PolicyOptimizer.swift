import DMoECore
import DMoEModel
import DMoETrain

/// The optimizers of what a run changes, one for the adapter and one for the value head: neither's gradients scale the other's
/// down, and each has its rate.
struct PolicyOptimizer: Sendable {
  private var adapter: AdamOptimizer
  private var values: AdamOptimizer
  private let configuration: RLConfiguration

  /// Before the first update, or after those of a checkpoint.
  init(_ configuration: RLConfiguration, from state: TrainingState = TrainingState()) {
    self.configuration = configuration
    func part(_ isOwn: (String) -> Bool) -> AdamOptimizer {
      var own = state
      own.first = state.first.filter { isOwn($0.key) }
      own.second = state.second.filter { isOwn($0.key) }
      return AdamOptimizer(configuration.optimizer.training, from: own)
    }
    adapter = part { !TrainedPolicy.isOfValues($0) }
    values = part(TrainedPolicy.isOfValues)
  }

  /// The running means of gradients, by path.
  var first: [String: Matrix] { adapter.first.merging(values.first) { $1 } }
  /// The running means of squared gradients, by path.
  var second: [String: Matrix] { adapter.second.merging(values.second) { $1 } }

  /// Changes all parameters.
  ///
  /// - Returns: The norm of the adapter's gradients before clipping; no number if the head's are none.
  mutating func update(_ trained: inout TrainedPolicy, _ gradients: [ParameterID: Matrix]) -> Double {
    let compute = trained.model.compute
    let warmUp = configuration.optimizer.warmUp(update: adapter.step)
    let rate = configuration.optimizer.learningRate
    let norm = adapter.update(
      { trained.model.adapter?.visitParameters("", $0) }, gradients, rate: rate * warmUp, compute)
    guard trained.valueHead != nil else { return norm }
    let own = values.update(
      { trained.valueHead?.visitParameters(TrainedPolicy.valuePath, $0) }, gradients,
      rate: (configuration.value.learningRate ?? rate) * warmUp, compute)
    return own.isFinite ? norm : own
  }
}
