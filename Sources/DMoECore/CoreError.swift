/// An error in a file of weights or in numbers that come from outside; wrong shapes in our own code trap instead.
public enum CoreError: Error, Equatable, Sendable {
  /// The file could not be opened, mapped, written or renamed.
  case unreadableFile(path: String, reason: String)
  /// The file could be read but is not what its format says.
  case malformedFile(path: String, reason: String)
  /// A tensor that the model needs is not in the file.
  case missingTensor(name: String, path: String)
  /// A tensor of the file has another shape than the model needs.
  case shapeMismatch(name: String, path: String, expected: [Int], found: [Int])
  /// Tensors of the file that the model has no place for.
  case leftoverTensors(names: [String], path: String)
  /// A number format that is not read.
  case unsupportedTensorType(name: String, path: String, type: String)
  /// The chosen compute backend or precision is not part of this build, or the CPU lacks its instructions.
  case backendUnavailable(String)
  /// A factorization met a matrix that it cannot factor.
  case factorizationFailed(routine: String, info: Int)
  /// A result was not a finite number.
  case nonFinite(String)
}

extension CoreError: CustomStringConvertible {
  /// One sentence that says what is wrong, with the file and the tensor where there is one.
  public var description: String {
    switch self {
    case .unreadableFile(let path, let reason): "cannot read or write \(path): \(reason)"
    case .malformedFile(let path, let reason): "\(path) is malformed: \(reason)"
    case .missingTensor(let name, let path): "\(path) has no tensor \(name)"
    case .shapeMismatch(let name, let path, let expected, let found):
      "tensor \(name) of \(path) has shape \(found), expected \(expected)"
    case .leftoverTensors(let names, let path):
      "\(path) has tensors the model has no place for: \(names.joined(separator: ", "))"
    case .unsupportedTensorType(let name, let path, let type):
      "tensor \(name) of \(path) has type \(type), which is not supported"
    case .backendUnavailable(let backend): "\(backend) is not to be had in this build on this CPU"
    case .factorizationFailed(let routine, let info): "\(routine) failed with info \(info)"
    case .nonFinite(let what): "\(what) is not finite"
    }
  }
}
