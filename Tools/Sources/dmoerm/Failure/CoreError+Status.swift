@_spi(Command) import DMoERM

extension CoreError {
  var status: ExitStatus {
    switch self {
    case .unreadableFile, .malformedFile, .missingTensor, .shapeMismatch, .leftoverTensors, .unsupportedTensorType,
      .nonFinite:
      .badInput
    case .backendUnavailable, .outOfRange, .tooLarge, .unusableKernels: .usage
    default: .failure
    }
  }
}
