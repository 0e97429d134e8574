package import DMoECore
package import Testing

/// Checks an operation of `Graph` against a twin in double precision, forward and backward.
///
/// - The value on a tape and off it is the same, and the twin's.
/// - The gradient of Σ seed · y is the central difference of the twin's, for all inputs together and for each alone.
/// - An input used twice gets both gradients.
///
/// - Parameters:
///   - directions: `nil` compares the derivative by every element; a number compares that many random directions.
///   - dropoutSeed: With dropout there is no value off the tape to compare, and what is not trained is not dropped, so
///     that those two checks are left out.
///   - tolerance: In units of the largest gradient; single precision over a few dozen terms keeps 1e-5.
package func checkOperation(
  _ what: String, _ inputs: [Matrix], on compute: Compute, tolerance: Double = 2e-5, directions: Int? = nil,
  dropoutSeed: UInt64? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  _ operation: (Graph, [Parameter]) -> Variable, twin: ([DoubleMatrix]) -> DoubleMatrix
) {
  let name = "\(what) on \(compute.backend), \(compute.threads) threads"
  let parameters = inputs.map { Parameter($0) }
  let exact = inputs.map { DoubleMatrix($0) }
  let seed = randomMatrix(twin(exact).rows, twin(exact).columns, seed: 77)
  let all = gradients(of: operation, parameters, Set(parameters.map(\.id)), seed, compute, dropoutSeed: dropoutSeed)
  expectClose(
    all.value.elements.map(Double.init), twin(exact).values, tolerance, "\(name), value",
    sourceLocation: sourceLocation)

  if dropoutSeed == nil, operation(Graph(compute), parameters).value != all.value {
    Issue.record("\(name): the tape changes the value", sourceLocation: sourceLocation)
  }

  let weights = seed.elements.map(Double.init)
  func loss(_ x: [DoubleMatrix]) -> Double { zip(weights, twin(x).values).reduce(0) { $0 + $1.0 * $1.1 } }
  let expected = differences(of: loss, exact, directions: directions)
  for (index, parameter) in parameters.enumerated() {
    let label = "\(name), gradient of input \(index)"
    guard let gradient = all.gradients[parameter.id] else {
      Issue.record("\(label) is missing", sourceLocation: sourceLocation)
      continue
    }
    let found = expected[index].directions.map { direction in
      zip(direction, gradient.elements).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    if directions == nil {
      expectClose(
        gradient.elements.map(Double.init), expected[index].derivatives, tolerance, label,
        sourceLocation: sourceLocation)
    } else {
      expectClose(found, expected[index].derivatives, tolerance, label, sourceLocation: sourceLocation)
    }
    guard dropoutSeed == nil else { continue }
    let alone = gradients(of: operation, parameters, [parameter.id], seed, compute)
    expectClose(
      alone.gradients[parameter.id] ?? Matrix(zeros: 0, 0), gradient, 1e-5, "\(label) alone",
      sourceLocation: sourceLocation)
    if alone.gradients.count != 1 {
      Issue.record("\(label): others are recorded too", sourceLocation: sourceLocation)
    }
  }

  let twice = gradients(
    of: { $0.add(operation($0, $1), operation($0, $1)) }, parameters, Set(parameters.map(\.id)), seed, compute,
    dropoutSeed: dropoutSeed)
  for (index, parameter) in parameters.enumerated() {
    guard let one = all.gradients[parameter.id], let two = twice.gradients[parameter.id] else { continue }
    expectClose(
      two.elements, one.elements.map { 2 * $0 }, 1e-5, "\(name), input \(index) used twice",
      sourceLocation: sourceLocation)
  }
}

/// The value of an operation and the gradients of Σ seed · value by the parameters in `trained`.
package func gradients(
  of operation: (Graph, [Parameter]) -> Variable, _ parameters: [Parameter], _ trained: Set<ParameterID>,
  _ seed: Matrix, _ compute: Compute, dropoutSeed: UInt64? = nil
) -> (value: Matrix, gradients: [ParameterID: Matrix]) {
  let tape = Tape(training: trained)
  let result = operation(Graph(compute, tape: tape, dropoutSeed: dropoutSeed), parameters)
  tape.backward(from: result, seed: seed, compute)
  return (result.value, tape.gradients)
}

/// Central differences of a function in double precision.
private func differences(
  of function: ([DoubleMatrix]) -> Double, _ inputs: [DoubleMatrix], directions: Int?
) -> [(directions: [[Double]], derivatives: [Double])] {
  // The error is about step², far below single precision, and rounding stays at 1e-16 / step.
  let step = 1e-5
  var inputs = inputs
  return inputs.indices.map { index in
    let start = inputs[index]
    let count = start.values.count
    func derivative(along direction: [Double]) -> Double {
      func shifted(_ sign: Double) -> Double {
        inputs[index].values = zip(start.values, direction).map { $0 + sign * step * $1 }
        return function(inputs)
      }
      let result = (shifted(1) - shifted(-1)) / (2 * step)
      inputs[index] = start
      return result
    }
    if let directions {
      let chosen = (0..<directions).map { randomMatrix(1, count, seed: UInt64(100 + $0)).elements.map(Double.init) }
      return (chosen, chosen.map(derivative))
    }
    let derivatives = (0..<count).map { element in
      var direction = [Double](repeating: 0, count: count)
      direction[element] = 1
      return derivative(along: direction)
    }
    return ([], derivatives)
  }
}
