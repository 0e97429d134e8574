import DMoEData

/// A name for a request, made of everything that decides its answer: model, messages, sampling and schema.
///
/// 32 hexadecimal digits; equal requests have equal keys in every process and version.
@_spi(Command) public struct RequestKey: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The digits.
  public let text: String

  /// The key of a request.
  public init(_ request: CompletionRequest) {
    var hash = ContentHash()
    hash.combine("completion request 1")
    hash.combine(request.model)
    for message in request.messages {
      hash.combine(message.role.rawValue)
      hash.combine(message.content)
    }
    hash.combine("temperature \(request.temperature.map { "\($0)" } ?? "default")")
    hash.combine("tokens \(request.maximumTokens.map { "\($0)" } ?? "default")")
    hash.combine("seed \(request.seed.map { "\($0)" } ?? "default")")
    hash.combine("log-probabilities \(request.topLogProbabilities.map { "\($0)" } ?? "none")")
    hash.combine("schema \(request.responseSchema ?? "none")")
    text = hash.text
  }

  /// A key by its digits; nil if these are not 32 hexadecimal digits in lower case.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count == 32, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    self.text = String(text)
  }

  /// The key as 32 hexadecimal digits.
  public var description: String { text }

  /// Reads the digits.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let key = RequestKey(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 32 hexadecimal digits")
    }
    self = key
  }

  /// Writes the digits.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
