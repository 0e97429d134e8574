package import DMoECore

/// The AdamW optimizer: it keeps its running means by the parameters' paths, and runs no model.
package struct AdamOptimizer: Sendable {
  /// Steps taken.
  package private(set) var step = 0
  /// The running means of gradients.
  package private(set) var first: [String: Matrix] = [:]
  /// The running means of squared gradients.
  package private(set) var second: [String: Matrix] = [:]
  private let settings: PhaseTraining

  /// An optimizer before its first step.
  package init(_ settings: PhaseTraining) { self.settings = settings }

  /// An optimizer that goes on from a checkpoint.
  package init(_ settings: PhaseTraining, from state: TrainingState) {
    self.settings = settings
    step = state.step
    first = state.first
    second = state.second
  }

  /// Changes every parameter that has a gradient, in place.
  ///
  /// - Returns: the gradients' global norm before clipping; if it is not finite, nothing was changed.
  package mutating func update(
    _ visit: ((String, inout Parameter) -> Void) -> Void, _ gradients: [ParameterID: Matrix], rate: Double,
    _ compute: Compute
  ) -> Double {
    var squares = 0.0
    visit { _, parameter in
      if let gradient = gradients[parameter.id] { squares += compute.sumOfSquares(gradient) }
    }
    let norm = squares.squareRoot()
    guard norm.isFinite else { return norm }
    step += 1
    let scale = settings.clipNorm.map { norm > $0 ? $0 / norm : 1 } ?? 1
    let numbers = AdamStep(
      rate: Float(rate), beta1: Float(settings.beta1), beta2: Float(settings.beta2), eps: Float(settings.epsilon),
      weightDecay: Float(settings.weightDecay), step: step, gradientScale: Float(scale))
    var (first, second) = (self.first, self.second)
    self.first = [:]
    self.second = [:]
    visit { path, parameter in
      guard let gradient = gradients[parameter.id] else { return }
      var m = first.removeValue(forKey: path) ?? Matrix(zeros: gradient.rows, gradient.columns)
      var v = second.removeValue(forKey: path) ?? Matrix(zeros: gradient.rows, gradient.columns)
      compute.adam(&parameter.value, gradient: gradient, first: &m, second: &v, numbers)
      first[path] = m
      second[path] = v
    }
    self.first = first
    self.second = second
    return norm
  }
}
