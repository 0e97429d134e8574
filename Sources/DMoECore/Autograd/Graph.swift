/// The operations of a forward pass, recorded on a tape or not: model code is written once over it.
package struct Graph {
  /// The backend and threads that every operation of the pass runs on.
  package let compute: Compute
  /// The tape that the operations are recorded on; `nil` in a pass without gradients.
  package let tape: Tape?
  /// The seed of this pass's dropout masks; `nil` means no dropout (evaluation).
  package let dropoutSeed: UInt64?
  /// Knows what is in training: the tape, or in the first pass through a checkpoint the tape of the pass around it.
  private let training: Tape?

  /// A graph for one forward pass: with a tape its operations are recorded, with a seed its dropout layers drop.
  package init(_ compute: Compute, tape: Tape? = nil, dropoutSeed: UInt64? = nil) {
    self.init(compute, tape: tape, dropoutSeed: dropoutSeed, training: tape)
  }

  private init(_ compute: Compute, tape: Tape?, dropoutSeed: UInt64?, training: Tape?) {
    self.compute = compute
    self.tape = tape
    self.dropoutSeed = dropoutSeed
    self.training = training
  }

  /// A parameter's value as an input of the pass, recorded if the tape trains it.
  package func variable(_ parameter: Parameter) -> Variable {
    tape?.variable(parameter) ?? Variable(constant: parameter.value)
  }

  /// Whether this pass is to train the parameter, on its own tape or when a checkpoint is run again.
  func isTrained(_ parameter: Parameter) -> Bool { training?.isTrainable(parameter) ?? false }

  /// A result of `value` whose step back is `backward`, recorded only if one of the inputs is.
  ///
  /// `backward` gets the gradient of the result and hands on those of the inputs through `Tape.accumulate`.
  func record(
    _ value: Matrix, from inputs: [Variable], _ backward: @escaping (_ gradient: Matrix, _ tape: Tape) -> Void
  ) -> Variable {
    guard let tape, inputs.contains(where: \.isRecorded) else { return Variable(constant: value) }
    return Variable(value, node: tape.append(backward))
  }

  /// An operation from outside this module: `backward` returns the gradient of the input.
  package func apply(
    _ input: Variable, value: Matrix, backward: @escaping (_ gradient: Matrix) -> Matrix
  ) -> Variable {
    let compute = compute
    let place = input.place
    return record(value, from: [input]) { gradient, tape in
      tape.accumulate(backward(gradient), into: place, compute)
    }
  }

  /// Keeps only the input of `body` and runs it again for the backward pass: activation checkpointing.
  package func checkpoint(_ input: Variable, _ body: @escaping (Graph, Variable) -> Variable) -> Variable {
    guard let tape else { return body(self, input) }
    // Off the tape, but with the dropout that it will have when it is run again.
    let plain = Graph(compute, tape: nil, dropoutSeed: dropoutSeed, training: tape)
    let value = body(plain, Variable(constant: input.value)).value
    let compute = compute
    let seed = dropoutSeed
    let node = tape.append { gradient, tape in
      let child = tape.child()
      let start = input.isRecorded ? child.leaf(input.value) : Variable(constant: input.value)
      let result = body(Graph(compute, tape: child, dropoutSeed: seed), start)
      child.backward(from: result, seed: gradient, compute)
      tape.absorb(child, compute)
      if let gradient = child.gradient(of: start) { tape.accumulate(gradient, into: input.place, compute) }
    }
    return Variable(value, node: node)
  }
}
