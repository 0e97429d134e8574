public import protocol Foundation.LocalizedError

/// What can be wrong with the files and numbers that come from outside; wrong shapes in our own code trap instead.
public enum CoreError: Error, Equatable, Sendable {
  /// The file could not be opened or mapped.
  case unreadableFile(path: String, reason: String)
  /// The file could not be made, written or put in its place.
  case unwritableFile(path: String, reason: String)
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
  /// The kernels that `DMOERM_OPENBLAS_CORETYPE` names do not run here.
  case unusableKernels(String, reason: String)
  /// A number that has to lie in a range does not: which, what it is, and from where to where it may be.
  case outOfRange(String, value: String, allowed: String)
  /// What was asked for does not fit into this machine's memory.
  case tooLarge(String, bytes: Double, memory: Double)
  /// A factorisation met a matrix that it cannot factor.
  case factorizationFailed(routine: String, info: Int)
  /// A result was not a finite number.
  case nonFinite(String)
}

extension CoreError: CustomStringConvertible {
  /// One sentence that says what is wrong, with the file and the tensor where there is one.
  public var description: String {
    switch self {
    case .unreadableFile(let path, let reason): "cannot read \(path): \(reason)"
    case .unwritableFile(let path, let reason): "cannot write \(path): \(reason)"
    case .malformedFile(let path, let reason): "\(path) is malformed: \(reason)"
    case .missingTensor(let name, let path): "\(path) has no tensor \(name)"
    case .shapeMismatch(let name, let path, let expected, let found):
      "tensor \(name) of \(path) has shape \(found), expected \(expected)"
    case .leftoverTensors(let names, let path):
      "\(path) has tensors the model has no place for: \(names.joined(separator: ", "))"
    case .unsupportedTensorType(let name, let path, let type):
      "tensor \(name) of \(path) has type \(type), which is not read as weights; convert the file to "
        + WeightFormat.allCases.filter(\.isReadable).map { $0.rawValue.uppercased() }.joined(separator: ", ")
    case .backendUnavailable(let backend): "\(backend) is not to be had in this build on this CPU"
    case .unusableKernels(let name, let reason):
      "DMOERM_OPENBLAS_CORETYPE names the kernels \(name), but \(reason); unset it, or set it to keep"
    case .outOfRange(let what, let value, let allowed): "\(what) is \(value), and has to be \(allowed)"
    case .tooLarge(let what, let bytes, let memory):
      "\(what) takes \(Self.gigabytes(bytes)) of memory, and this machine has \(Self.gigabytes(memory))"
    case .factorizationFailed(let routine, let info): "\(routine) failed with info \(info)"
    case .nonFinite(let what): "\(what) is not finite"
    }
  }

  /// In units of 10⁹ bytes with one digit; very large numbers as powers of ten.
  private static func gigabytes(_ bytes: Double) -> String {
    let number = bytes / 1e9
    return number < 1e6 ? "\((number * 10).rounded() / 10) GB" : "\(Float(number)) GB"
  }
}

extension CoreError: FileFailure {}

extension CoreError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
