public import Foundation

/// The answer of a service to one request of a batch.
@_spi(Command) public struct BatchResultLine: Sendable, Hashable {
  /// Names the request.
  public let key: RequestKey
  /// The reply, or why there is none.
  public let result: Result<CompletionReply, CompletionError>

  /// Reads `{"custom_id", "response": {"status_code", "body"}, "error"}`; other keys are ignored.
  ///
  /// An error carries no words of the service, because the request that they may quote is not known here.
  ///
  /// - Throws: `CompletionError.malformedReply` if the line is of another shape, or not of a request of ours; what is
  ///   wrong with the reply inside is in `result`.
  public init(_ line: Data) throws(CompletionError) {
    let json: Any
    do {
      json = try JSONSerialization.jsonObject(with: line)
    } catch {
      throw .malformedReply(reason: "not JSON")
    }
    guard let object = json as? [String: Any] else { throw .malformedReply(reason: "not a JSON object") }
    guard let name = object["custom_id"] as? String, let key = RequestKey(name) else {
      throw .malformedReply(reason: "\"custom_id\" is not the key of a request")
    }
    self.key = key
    if let error = object["error"], !(error is NSNull) {
      guard let error = error as? [String: Any] else { throw .malformedReply(reason: "\"error\" is not an object") }
      result = .failure(.leftOutOfBatch(code: ServiceDetail.code(error["code"] as? String, key: nil)))
      return
    }
    guard let response = object["response"] as? [String: Any], let status = response["status_code"] as? Int,
      let body = response["body"] as? [String: Any]
    else { throw .malformedReply(reason: "no \"response\" with \"status_code\" and \"body\"") }
    do {
      result = Self.result(status: status, body: try JSONSerialization.data(withJSONObject: body))
    } catch {
      throw .malformedReply(reason: "\"body\" is not JSON")
    }
  }

  private static func result(status: Int, body: Data) -> Result<CompletionReply, CompletionError> {
    guard (200...299).contains(status) else { return failure(status: status, ServiceError(body: body)) }
    do {
      return .success(try ChatCompletion.reply(from: body))
    } catch {
      guard let inReply = ServiceError(replyBody: body) else { return .failure(error) }
      return failure(status: inReply.impliedStatus, inReply)
    }
  }

  private static func failure(status: Int, _ error: ServiceError) -> Result<CompletionReply, CompletionError> {
    // A wait that a batch's reply names is long over.
    return .failure(CompletionError(status: status, error: error, messages: nil, now: .distantPast))
  }
}
