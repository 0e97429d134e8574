import DMoEData
import Foundation

extension CompletionError {
  /// The fault that a reply with an error status means.
  ///
  /// - Parameters:
  ///   - headers: by lower-case name.
  ///   - key: never repeated.
  ///   - messages: never repeated; nil if they are not known, and then no words of the service are.
  init(
    status: Int, headers: [String: String] = [:], error: ServiceError, key: String? = nil, messages: [Message]?,
    now: Date
  ) {
    let wait = RetryAfter.parse(headers, now: now)
    let detail = messages.flatMap { messages in
      error.message.flatMap { ServiceDetail.clean($0, key: key, messages: messages) }
    }
    let code = ServiceDetail.code(error.code ?? error.type, key: key)
    switch status {
    case 300...399: self = .redirected(status: status)
    case 402: self = .quotaExhausted(detail: detail)
    case 429: self = error.meansQuota ? .quotaExhausted(detail: detail) : .rateLimited(retryAfter: wait, detail: detail)
    case 403 where error.meansContent: self = .badRequest(status: status, code: code, detail: detail)
    case 401, 403: self = .unauthorized(status: status, detail: detail)
    case 404: self = .unknownModelOrPath(detail: detail)
    case 408, 409, 425, 500...: self = .serverFailure(status: status, retryAfter: wait, detail: detail)
    case 400...499 where error.meansQuota: self = .quotaExhausted(detail: detail)
    case 400...499 where error.meansKey: self = .unauthorized(status: status, detail: detail)
    case 400...499 where error.meansModel: self = .unknownModelOrPath(detail: detail)
    case 400...499: self = .badRequest(status: status, code: code, detail: detail)
    default: self = .malformedReply(reason: "status \(status)")
    }
  }
}
