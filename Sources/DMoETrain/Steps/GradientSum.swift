package import DMoECore

/// The gradients of several passes, added up in the order in which they come.
package struct GradientSum {
  /// The sums so far, by parameter.
  package private(set) var gradients: [ParameterID: Matrix] = [:]

  /// No gradient yet.
  package init() {}

  /// Adds those of one more pass.
  package mutating func add(_ own: [ParameterID: Matrix], _ compute: Compute) {
    for (id, gradient) in own {
      // Taken out first, so that the sum is not copied to be added to.
      guard var sum = gradients.removeValue(forKey: id) else {
        gradients[id] = gradient
        continue
      }
      compute.add(gradient, scale: 1, to: &sum)
      gradients[id] = sum
    }
  }
}
