/// A value of the forward pass, and where its gradient is to go if it has one.
package struct Variable {
  /// The value that the forward pass computed. Shape: [rows, columns].
  package let value: Matrix
  let node: Int?

  /// A value that gets no gradient.
  package init(constant value: Matrix) {
    self.value = value
    node = nil
  }

  init(_ value: Matrix, node: Int?) {
    self.value = value
    self.node = node
  }

  /// The number of rows of the value.
  package var rows: Int { value.rows }
  /// The number of columns of the value.
  package var columns: Int { value.columns }
  /// Whether the value is on a tape, so that a gradient reaches it.
  package var isRecorded: Bool { node != nil }

  /// Where its gradient goes: what a step back keeps of a variable whose value it does not need.
  var place: Place { Place(node: node, rows: value.rows, columns: value.columns) }

  /// Where a gradient goes, without the value it is the gradient of.
  struct Place {
    let node: Int?
    let rows: Int
    let columns: Int
    var isRecorded: Bool { node != nil }
  }
}

/// The record of one forward pass: what to do, in reverse, to get from the gradient of the result to those of the
/// trainable parameters.
///
/// Only what depends on a trainable parameter is recorded, and every step keeps only what its gradient needs. Belongs to
/// one thread.
package final class Tape {
  private struct Node {
    var gradient: Matrix?
    var backward: ((Matrix, Tape) -> Void)?
  }

  private let trainable: Set<ParameterID>
  private var nodes: [Node] = []
  private var leaves: [ParameterID: Int] = [:]

  /// An empty tape that records what depends on these parameters.
  package init(training parameters: Set<ParameterID>) { trainable = parameters }

  /// The variable of a parameter: recorded if it is one of the trainable.
  func variable(_ parameter: Parameter) -> Variable {
    guard trainable.contains(parameter.id) else { return Variable(constant: parameter.value) }
    if let node = leaves[parameter.id] { return Variable(parameter.value, node: node) }
    let node = append(nil)
    leaves[parameter.id] = node
    return Variable(parameter.value, node: node)
  }

  func isTrainable(_ parameter: Parameter) -> Bool { trainable.contains(parameter.id) }

  /// A variable that is no parameter but whose gradient is wanted.
  func leaf(_ value: Matrix) -> Variable { Variable(value, node: append(nil)) }

  func append(_ backward: ((Matrix, Tape) -> Void)?) -> Int {
    nodes.append(Node(gradient: nil, backward: backward))
    return nodes.count - 1
  }

  /// Adds to a gradient; the first one to arrive is kept as it is.
  func accumulate(_ gradient: Matrix, into place: Variable.Place, _ compute: Compute) {
    guard let node = place.node else { return }
    guard var sum = nodes[node].gradient else {
      nodes[node].gradient = gradient
      return
    }
    nodes[node].gradient = nil
    compute.add(gradient, scale: 1, to: &sum)
    nodes[node].gradient = sum
  }

  /// Lets a kernel write (`beta` 0, the elements not set) or add (`beta` 1) into the gradient of a variable.
  func accumulate(into place: Variable.Place, _ body: (inout Matrix, _ beta: Float) -> Void) {
    guard let node = place.node else { return }
    let old = nodes[node].gradient
    nodes[node].gradient = nil
    let beta: Float = old == nil ? 0 : 1
    var sum = old ?? Matrix(uninitialized: place.rows, place.columns)
    body(&sum, beta)
    nodes[node].gradient = sum
  }

  /// Runs the record backwards from `result`, whose gradient is `seed`, and forgets it.
  package func backward(from result: Variable, seed: Matrix, _ compute: Compute) {
    backward(from: [(result, seed)], compute)
  }

  /// The same from several results at once: the gradients of the sum of what they are seeds of.
  package func backward(from results: [(result: Variable, seed: Matrix)], _ compute: Compute) {
    guard let last = results.compactMap(\.result.node).max() else { return }
    for (result, seed) in results {
      precondition(
        seed.rows == result.rows && seed.columns == result.columns,
        "backward: seed [\(seed.rows), \(seed.columns)] for a result [\(result.rows), \(result.columns)]")
      accumulate(seed, into: result.place, compute)
    }
    for index in stride(from: last, through: 0, by: -1) {
      guard let step = nodes[index].backward else { continue }
      nodes[index].backward = nil
      guard let gradient = nodes[index].gradient else { continue }
      nodes[index].gradient = nil
      step(gradient, self)
    }
  }

  func gradient(of variable: Variable) -> Matrix? { variable.node.flatMap { nodes[$0].gradient } }

  /// The gradients that have arrived, by parameter.
  package var gradients: [ParameterID: Matrix] {
    leaves.compactMapValues { nodes[$0].gradient }
  }

  /// The trainable set and the leaf gradients of a part that was recomputed on a tape of its own.
  func child() -> Tape { Tape(training: trainable) }

  func absorb(_ child: Tape, _ compute: Compute) {
    for (id, index) in child.leaves {
      guard let gradient = child.nodes[index].gradient else { continue }
      let node = leaves[id] ?? append(nil)
      leaves[id] = node
      accumulate(gradient, into: Variable(gradient, node: node).place, compute)
    }
  }
}
