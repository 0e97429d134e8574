import DMoEData
import Foundation

/// The error object of a chat completions service, in the forms that are about.
///
/// `{"error": {"message", "type", "param", "code"}}`, the same in a list, with a string as the error, or with
/// `message` or `detail` at the top.
struct ServiceError {
  var message: String?
  var type: String?
  var parameter: String?
  var code: String?
  /// The code as a status, as some services write it.
  var status: Int?

  /// Reads the body of a reply with an error status; everything is nil if it is of no known form.
  init(body: Data) {
    // Error pages can be long; an error object is not.
    let json: Any? = body.count <= 1 << 20 ? try? JSONSerialization.jsonObject(with: body) : nil
    self.init(json: json)
  }

  /// Reads the error of a reply with a good status, at its top or in the place of a choice; nil if it has none.
  init?(replyBody: Data) {
    guard let object = (try? JSONSerialization.jsonObject(with: replyBody)) as? [String: Any] else { return nil }
    let choice = (object["choices"] as? [[String: Any]])?.first
    if let place = [object, choice].lazy.compactMap({ $0 }).first(where: { Self.saysSomething($0["error"]) }) {
      self.init(json: place)
    } else if let reason = choice?["finish_reason"] as? String, FinishWord.meansFailure(reason) {
      self.init(json: [String: Any]())
      code = reason
    } else {
      return nil
    }
  }

  /// Whether the value of `error` tells of one; some services send an empty one with every good reply.
  private static func saysSomething(_ error: Any?) -> Bool {
    switch error {
    case let text as String: !text.isEmpty
    case let object as [String: Any]: !object.isEmpty
    default: false
    }
  }

  private init(json: Any?) {
    guard let object = (json as? [Any])?.first as? [String: Any] ?? json as? [String: Any] else { return }
    let error = object["error"] as? [String: Any] ?? object
    message = error["message"] as? String ?? error["error"] as? String ?? Self.detail(error["detail"])
    type = error["type"] as? String ?? error["status"] as? String
    parameter = error["param"] as? String
    code = error["code"] as? String
    let number = error["code"] as? Int ?? code.flatMap { Int($0) }
    status = number.flatMap { (400...599).contains($0) ? $0 : nil }
  }

  /// `detail` is a text, or a list of faults whose `loc` names the field.
  private static func detail(_ value: Any?) -> String? {
    if let text = value as? String { return text }
    guard let fault = (value as? [Any])?.first as? [String: Any] else { return nil }
    let place = (fault["loc"] as? [Any] ?? []).compactMap { $0 as? String }.joined(separator: ".")
    return "\(place) \(fault["msg"] as? String ?? "")"
  }

  /// Whether code, type or words say that a field or its value is not supported.
  var saysUnsupported: Bool {
    let codes = ["unsupported_parameter", "unsupported_value", "unknown_parameter"]
    if [code, type].contains(where: { $0.map(codes.contains) ?? false }) { return true }
    let words = (message ?? "").lowercased()
    return [
      "unsupported", "not support", "n't support", "unrecognized", "unknown", "not permitted", "not allowed",
      "unexpected", "extra inputs", "extra fields", "only the default", "max_completion_tokens' instead",
      "not available", "unavailable", "deprecated", "input should be",
    ].contains(where: words.contains)
  }

  /// Whether the words say that the request was read and found wrong.
  var saysInvalid: Bool { message?.lowercased().contains("validation error") ?? false }

  private func names(_ texts: String...) -> Bool {
    [code, type].contains { name in name.map { name in texts.contains { name.lowercased().contains($0) } } ?? false }
  }

  /// The status that a reply with a good status should have had.
  var impliedStatus: Int { status ?? (meansQuota ? 402 : 500) }

  /// Whether the account has nothing left, rather than been too fast.
  var meansQuota: Bool { names("insufficient_quota", "billing_hard_limit", "insufficient_balance") }

  /// Whether the key is what is wrong, though the status may be another.
  var meansKey: Bool {
    names("invalid_api_key", "authentication") || (message?.lowercased().contains("api key not valid") ?? false)
  }

  /// Whether the service knows no such model, though the status may be another.
  var meansModel: Bool { names("model_not_found", "invalid_model") }

  /// Whether this one request was refused for what it says.
  var meansContent: Bool {
    names("content_policy", "content_filter", "moderation", "flagged")
      || (message.map { $0.lowercased().contains("flagged") || $0.lowercased().contains("moderation") } ?? false)
  }
}
