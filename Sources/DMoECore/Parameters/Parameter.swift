import Synchronization

/// Which parameter a gradient belongs to; copies of a model share the ids of their parameters.
package struct ParameterID: Hashable, Sendable {
  private let number: UInt64
  private static let last = Atomic<UInt64>(0)

  /// An identity that no other parameter of this process has.
  package init() { number = Self.last.add(1, ordering: .relaxed).newValue }
}

/// One leaf of a model's tree: a matrix that an optimizer may change in place.
package struct Parameter: Sendable {
  /// The values of the parameter.
  package var value: Matrix
  /// The identity by which its gradient is found.
  package let id = ParameterID()

  /// A parameter with these values and an identity of its own.
  package init(_ value: Matrix) { self.value = value }

  /// What stands in a tree while its parameter is out being visited.
  static let empty = Parameter(Matrix(zeros: 0, 0))
}

/// A part of a model that can show its parameters, in a fixed order and under fixed names.
package protocol ParameterTree {
  /// Calls `body` with the path and the place of every parameter.
  mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows
}

extension ParameterTree {
  /// The values by path.
  package func parameterValues(_ path: String = "") -> [(path: String, value: Matrix)] {
    var copy = self
    var result: [(path: String, value: Matrix)] = []
    copy.visitParameters(path) { path, parameter in result.append((path, parameter.value)) }
    return result
  }

  /// The identities of all parameters: what a tape must record to train this part.
  package var parameterIDs: Set<ParameterID> {
    var copy = self
    var result: Set<ParameterID> = []
    copy.visitParameters("") { _, parameter in result.insert(parameter.id) }
    return result
  }
}

/// `name` below `path`.
package func parameterPath(_ path: String, _ name: String) -> String { path.isEmpty ? name : path + "." + name }
