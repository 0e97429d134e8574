import DMoEData
import Foundation

/// The body of a request to a chat completions service.
///
/// Equal requests give equal bytes on every system: members stand in the order of their names, and only what JSON
/// demands is escaped. The schema keeps the order of its own members, because services generate in it.
struct ChatCompletionsBody {
  /// The name that goes with the schema of a reply.
  static let schemaName = "reply"

  /// The JSON text, without a line break.
  let bytes: Data

  /// The body of a request as a service takes it.
  ///
  /// - Throws: `CompletionError.invalidRequest`.
  init(_ request: CompletionRequest, adjustments: Set<RequestAdjustment> = []) throws(CompletionError) {
    var json = JSONText()
    let tokensField = adjustments.contains(.renamesMaximumTokens) ? "max_completion_tokens" : "max_tokens"
    let logProbabilities = adjustments.contains(.omitsLogProbabilities) ? nil : request.topLogProbabilities
    if logProbabilities != nil { json.member("logprobs", literal: "true") }
    if let count = request.maximumTokens { json.member(tokensField, literal: "\(count)") }
    json.key("messages")
    json.append("[")
    for (index, message) in request.messages.enumerated() {
      json.append(index > 0 ? ",{\"content\":" : "{\"content\":")
      json.append(quoting: message.content)
      json.append(",\"role\":\"\(message.role.rawValue)\"}")
    }
    json.append("]")
    json.key("model")
    json.append(quoting: request.model)
    if let schema = request.responseSchema, !adjustments.contains(.omitsResponseSchema) {
      let text = try Self.compact(schema: schema)
      json.member(
        "response_format",
        literal: adjustments.contains(.sendsSchemaInObject)
          ? "{\"schema\":\(text),\"type\":\"json_object\"}"
          : "{\"json_schema\":{\"name\":\"\(Self.schemaName)\",\"schema\":\(text),\"strict\":true},"
            + "\"type\":\"json_schema\"}")
    }
    if let seed = request.seed, !adjustments.contains(.omitsSeed) {
      // Services read signed numbers of 64 bits.
      json.member("seed", literal: "\(seed & UInt64(Int64.max))")
    }
    json.member("stream", literal: "false")
    if let temperature = request.temperature, !adjustments.contains(.omitsTemperature) {
      guard temperature.isFinite else { throw .invalidRequest(reason: "the temperature is not a finite number") }
      json.member(
        "temperature",
        literal: temperature == temperature.rounded() && abs(temperature) < 1000
          ? "\(Int(temperature))" : "\(temperature)")
    }
    if let count = logProbabilities, count > 0 { json.member("top_logprobs", literal: "\(count)") }
    bytes = json.finished()
  }

  /// The schema on one line, its members in their order.
  private static func compact(schema: String) throws(CompletionError) -> String {
    guard (try? JSONSerialization.jsonObject(with: Data(schema.utf8))) is [String: Any] else {
      throw .invalidRequest(reason: "the schema of the reply is not a JSON object")
    }
    var result: [UInt8] = []
    var isText = false
    var isEscaped = false
    for byte in schema.utf8 {
      if isText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isText = true
      } else if [0x20, 0x09, 0x0A, 0x0D].contains(byte) {
        continue
      }
      result.append(byte)
    }
    return String(decoding: result, as: UTF8.self)
  }
}
