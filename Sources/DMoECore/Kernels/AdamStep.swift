/// The numbers of one Adam step with decoupled weight decay (Kingma and Ba, 1412.6980; Loshchilov and Hutter, 1711.05101).
package struct AdamStep: Sendable {
  /// The learning rate of this step.
  package var rate: Float
  /// The decay rate of the running mean of gradients.
  package var beta1: Float
  /// The decay rate of the running mean of squared gradients.
  package var beta2: Float
  /// A small number that keeps the division from blowing up where squared gradients are near 0.
  package var eps: Float
  /// The decoupled weight decay: the share of every weight, times the rate, that a step takes away.
  package var weightDecay: Float
  /// 1 - beta1^t, which corrects the running mean of gradients.
  package var firstCorrection: Float
  /// 1 - beta2^t, which corrects the running mean of squared gradients.
  package var secondCorrection: Float
  /// Multiplies every gradient first: where clipping by the global norm acts.
  package var gradientScale: Float

  /// The numbers of step `step`, counted from 1.
  package init(
    rate: Float, beta1: Float, beta2: Float, eps: Float, weightDecay: Float, step: Int, gradientScale: Float
  ) {
    precondition(step >= 1, "AdamStep: step \(step), the first is 1")
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.eps = eps
    self.weightDecay = weightDecay
    var power1 = 1.0
    var power2 = 1.0
    for _ in 0..<step {
      power1 *= Double(beta1)
      power2 *= Double(beta2)
    }
    firstCorrection = Float(1 - power1)
    secondCorrection = Float(1 - power2)
    self.gradientScale = gradientScale
  }
}
