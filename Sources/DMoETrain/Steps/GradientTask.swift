package import DMoECore

/// Something that is trained by gradient steps: what it changes, and how it measures itself.
package protocol GradientTask {
  /// What errors and checkpoints call it.
  var name: String { get }
  /// How many samples it trains on.
  var sampleCount: Int { get }
  /// How many samples it is validated on.
  var validationCount: Int { get }

  /// Calls `body` with the path and the place of every trainable parameter.
  mutating func visitParameters(_ body: (String, inout Parameter) -> Void)

  /// What a sample counts for in the loss.
  func weight(of sample: Int) -> Double

  /// Splits a step's samples into passes that fit into memory.
  func passes(_ samples: [Int]) -> [[Int]]

  /// Whether the loss depends on the rewards of the whole step.
  var needsRewardSums: Bool { get }

  /// The sum of a pass's rewards, for a loss that depends on that of the whole step.
  func rewardSum(_ pass: GradientPass) throws -> Double

  /// Runs one pass forward and backward and returns the gradients of its share of the step's loss.
  func gradients(_ pass: GradientPass) throws -> (result: PassResult, gradients: [ParameterID: Matrix])

  /// The loss and accuracy on the validation samples.
  func validate() throws -> PassResult
}

extension GradientTask {
  /// A loss that looks at each pass alone.
  package var needsRewardSums: Bool { false }

  /// 0: a loss that looks at each pass alone.
  package func rewardSum(_ pass: GradientPass) throws -> Double { 0 }

  /// The value of every trainable parameter by its path, in the order of `visitParameters`.
  package var parameterValues: [(path: String, value: Matrix)] {
    var copy = self
    var result: [(path: String, value: Matrix)] = []
    copy.visitParameters { path, parameter in result.append((path, parameter.value)) }
    return result
  }

  /// The trainable parameters, for a tape.
  package var parameterIDs: Set<ParameterID> {
    var copy = self
    var result: Set<ParameterID> = []
    copy.visitParameters { _, parameter in result.insert(parameter.id) }
    return result
  }

  /// Puts values back by path; those that are not given stay.
  package mutating func setParameters(_ values: [String: Matrix]) {
    visitParameters { path, parameter in
      if let value = values[path] { parameter.value = value }
    }
  }
}
