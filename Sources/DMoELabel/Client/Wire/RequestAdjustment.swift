/// A change that a client makes to its requests because the service would not take them otherwise.
@_spi(Command) public enum RequestAdjustment: String, Sendable, Hashable, Codable, CaseIterable {
  /// The longest reply is sent as `max_completion_tokens` instead of `max_tokens`.
  case renamesMaximumTokens = "max_tokens"
  /// The schema of the reply is sent in llama.cpp's form, `{"type": "json_object", "schema": …}`.
  case sendsSchemaInObject = "json_schema"
  /// The schema of the reply is left out; replies are read as text.
  case omitsResponseSchema = "response_format"
  /// The temperature is left out.
  case omitsTemperature = "temperature"
  /// The seed is left out.
  case omitsSeed = "seed"
  /// Log-probabilities are not asked for.
  case omitsLogProbabilities = "logprobs"

  /// The field of the request that the service would not take.
  public var field: String { rawValue }
}

@_spi(Command) extension RequestAdjustment: CustomStringConvertible {
  /// The adjustment in words that follow the name of a model.
  public var description: String {
    switch self {
    case .renamesMaximumTokens: "takes max_completion_tokens instead of max_tokens"
    case .sendsSchemaInObject: "takes schemas in the form of json_object"
    case .omitsResponseSchema: "does not take response_format; replies are read as text"
    case .omitsTemperature: "does not take a temperature"
    case .omitsSeed: "does not take a seed"
    case .omitsLogProbabilities: "does not give log-probabilities"
    }
  }
}

@_spi(Command) extension RequestAdjustment {
  /// The adjustment that an error asks for; nil if it is about something else, such as a value that is too large.
  init?(status: Int, _ error: ServiceError) {
    // Some servers find a field out of range, and fail over it.
    guard status == 400 || status == 422 || (status == 500 && error.saysInvalid), error.saysUnsupported else {
      return nil
    }
    let words = (error.message ?? "").lowercased()
    let found = Self.allCases.first { $0.isMeant(by: error.parameter?.lowercased() ?? "") }
    guard let adjustment = found ?? Self.allCases.first(where: { $0.isMeant(by: words) }) else { return nil }
    self = adjustment
  }

  /// Whether the name of the field stands in the text as a word of its own.
  private func isMeant(by text: String) -> Bool {
    let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) && $0 != "_" }
    let names: [Substring] =
      switch self {
      case .renamesMaximumTokens: ["max_tokens"]
      case .sendsSchemaInObject: []
      case .omitsResponseSchema: ["response_format", "json_schema", "response_schema"]
      case .omitsLogProbabilities: ["logprobs", "top_logprobs"]
      case .omitsTemperature, .omitsSeed: [Substring(rawValue)]
      }
    return words.contains(where: names.contains)
  }
}

@_spi(Command) extension RequestAdjustment {
  /// What to try first: another form of the schema before none.
  func mildest(after adjustments: Set<RequestAdjustment>) -> RequestAdjustment {
    self == .omitsResponseSchema && !adjustments.contains(.sendsSchemaInObject) ? .sendsSchemaInObject : self
  }

  /// Whether the request has the field at all.
  func matters(to request: CompletionRequest) -> Bool {
    switch self {
    case .renamesMaximumTokens: request.maximumTokens != nil
    case .sendsSchemaInObject, .omitsResponseSchema: request.responseSchema != nil
    case .omitsTemperature: request.temperature != nil
    case .omitsSeed: request.seed != nil
    case .omitsLogProbabilities: request.topLogProbabilities != nil
    }
  }
}
