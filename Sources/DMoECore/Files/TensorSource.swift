/// A file or set of files that holds tensors by name.
package protocol TensorSource: Sendable {
  /// The file or folder, for error messages.
  var path: String { get }
  /// The names of all tensors, sorted.
  var names: [String] { get }
  /// Whether there is a tensor of that name.
  func contains(_ name: String) -> Bool
  /// - Throws: `CoreError.missingTensor`; `CoreError.unsupportedTensorType` if its numbers cannot be read as weights.
  func tensor(named name: String) throws(CoreError) -> StoredTensor
}
