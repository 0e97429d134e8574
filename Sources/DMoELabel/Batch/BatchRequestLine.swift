public import Foundation

/// A request of a batch file: half the price for an answer within a day.
@_spi(Command) public struct BatchRequestLine: Sendable, Hashable {
  /// The path that every request of a batch goes to.
  public static let path = "/v1/chat/completions"

  /// What every line begins with.
  static let begin = Data("{\"body\":".utf8)

  /// Names the request in the file of results.
  public let key: RequestKey
  /// The line with its LF: `{"body", "custom_id", "method", "url"}`.
  public let bytes: Data

  /// The line of a request; its body is what `ChatCompletionsClient` sends.
  ///
  /// - Parameters:
  ///   - request: The request to write.
  ///   - adjustments: What the model does not take, as a client found out.
  /// - Throws: `CompletionError.invalidRequest`.
  public init(_ request: CompletionRequest, adjustments: Set<RequestAdjustment> = []) throws(CompletionError) {
    key = RequestKey(request)
    var line = Self.begin
    line.append(try ChatCompletionsBody(request, adjustments: adjustments).bytes)
    line.append(Data(",\"custom_id\":\"\(key.text)\",\"method\":\"POST\",\"url\":\"\(Self.path)\"}\n".utf8))
    bytes = line
  }
}
