import Synchronization

/// Reads the weights of a model by key and remembers which were read, so that nothing in a file is skipped silently.
///
/// A part of the model reads below its own scope; whoever opened the file calls `finish` once all parts are built.
/// Scopes share one memory and may be used from several threads.
package final class WeightReader: Sendable {
  private let source: any TensorSource
  /// What is put before every name, with its closing dot; empty at the top.
  private let prefix: String
  private let ledger: Ledger

  /// A reader at the top of a file or folder of tensors.
  package convenience init(_ source: any TensorSource) {
    self.init(source: source, prefix: "", ledger: Ledger())
  }

  private init(source: any TensorSource, prefix: String, ledger: Ledger) {
    self.source = source
    self.prefix = prefix
    self.ledger = ledger
  }

  /// The file or folder that is read.
  package var path: String { source.path }

  /// The reader of the tensors whose names start with this scope's, `name` and a dot.
  package func scope(_ name: String) -> WeightReader {
    WeightReader(source: source, prefix: "\(prefix)\(name).", ledger: ledger)
  }

  /// Whether the file has the tensor; asking does not count as reading.
  package func contains(_ name: String) -> Bool { source.contains(prefix + name) }

  /// The names below this scope, relative to it, sorted.
  package var names: [String] {
    source.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  /// The tensor of that name, which counts as read.
  ///
  /// - Throws: `CoreError.missingTensor`, `.shapeMismatch` with both shapes, or `.unsupportedTensorType`.
  package func tensor(_ name: String, shape: [Int]) throws(CoreError) -> StoredTensor {
    let tensor = try source.tensor(named: prefix + name)
    guard tensor.shape == shape else {
      throw .shapeMismatch(name: tensor.name, path: tensor.path, expected: shape, found: tensor.shape)
    }
    ledger.insert(tensor.name)
    return tensor
  }

  /// The numbers of the tensor of that name, all of them finite.
  ///
  /// - Throws: As `tensor(_:shape:)`; `CoreError.nonFinite`.
  package func matrix(_ name: String, shape: [Int]) throws -> Matrix {
    let values = try tensor(name, shape: shape).matrix()
    guard values.isFinite else { throw CoreError.nonFinite("\(name) of \(path)") }
    return values
  }

  /// The tensor if the file has it.
  ///
  /// - Throws: `CoreError.shapeMismatch` or `.unsupportedTensorType`, as for one that must be there.
  package func optional(_ name: String, shape: [Int]) throws(CoreError) -> StoredTensor? {
    contains(name) ? try tensor(name, shape: shape) : nil
  }

  /// Says that everything below this scope has been read.
  ///
  /// - Parameter ignoring: names (complete, as in the file) that the model may leave unread.
  /// - Throws: `CoreError.leftoverTensors` with the complete names of all others, sorted.
  package func finish(ignoring: (String) -> Bool = { _ in false }) throws(CoreError) {
    let used = ledger.names
    let left = source.names.filter { $0.hasPrefix(prefix) && !used.contains($0) && !ignoring($0) }
    guard left.isEmpty else { throw .leftoverTensors(names: left, path: source.path) }
  }
}

/// The names that were read, shared by all scopes of one reader.
private final class Ledger: Sendable {
  private let read = Mutex<Set<String>>([])

  func insert(_ name: String) { read.withLock { _ = $0.insert(name) } }

  var names: Set<String> { read.withLock { $0 } }
}
