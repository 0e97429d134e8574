import FlyingSocks
import Foundation

/// What a service may do to a request.
enum Fault: Sendable {
  /// A good reply.
  case none
  /// A good reply after a while.
  case slow(Duration)
  /// A good reply after something has happened.
  case after(@Sendable () async -> Void)
  /// A good reply whose text is another one.
  case text(String)
  /// The request is read and never answered.
  case hang
  /// The head of a good reply, then a byte of it every 10 ms for ever.
  case trickle
  /// The connection is closed without a byte.
  case drop
  /// Half of a good reply, then the connection is closed.
  case halfBody
  /// A good status with something that is not JSON.
  case invalidJSON
  /// A good status with a body of our choice.
  case reply(String)
  /// A good status with a body packed by gzip.
  case packed(Data)
  /// The model refuses.
  case refusal
  /// The service withholds the reply.
  case contentFilter
  /// The reply is cut off at the token limit.
  case lengthLimit
  /// A good reply of so many bytes of text.
  case tooLarge(Int)
  /// An error status.
  case status(Int, headers: [String: String] = [:], body: String = #"{"error":{"message":"no","type":"error"}}"#)

  /// Too many requests.
  static func rateLimited(retryAfter: String? = nil) -> Fault {
    .status(
      429, headers: retryAfter.map { ["Retry-After": $0] } ?? [:],
      body: #"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#)
  }

  /// The account is empty.
  static let insufficientQuota = Fault.status(
    429, headers: ["Retry-After": "1"],
    body: #"{"error":{"message":"You exceeded your quota","type":"insufficient_quota","code":"insufficient_quota"}}"#)

  /// A good status with one choice of our choice.
  static func choice(_ json: String) -> Fault {
    .reply(#"{"id":"c","choices":[\#(json)],"usage":{"prompt_tokens":10,"completion_tokens":2}}"#)
  }

  /// The service does not take a field.
  static func unsupported(_ field: String) -> Fault {
    .status(
      400,
      body: #"{"error":{"message":"Unsupported parameter: '\#(field)'","type":"invalid_request_error","#
        + #""param":"\#(field)","code":"unsupported_parameter"}}"#)
  }

  /// The request is sent elsewhere.
  static func redirect(to place: String) -> Fault { .status(307, headers: ["Location": place], body: "") }
}

extension Fault {
  /// Takes the time that passes before the first byte of a reply.
  func wait() async throws {
    switch self {
    case .slow(let time): try await Task.sleep(for: time)
    case .after(let event): await event()
    case .hang: try await Task.sleep(for: .seconds(600))
    default: break
    }
  }

  /// Replies, or does not.
  ///
  /// - Parameter text: Of a good reply.
  func send(to socket: AsyncSocket, text: String) async throws {
    let good = Self.completion(text: text)
    switch self {
    case .none, .slow, .after: try await socket.write(Self.response(200, good))
    case .text(let text): try await socket.write(Self.response(200, Self.completion(text: text)))
    case .hang, .drop: break
    case .trickle:
      try await socket.write(Data("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".utf8))
      for _ in 0..<100_000 {
        try await socket.write(Data(" ".utf8))
        try await Task.sleep(for: .milliseconds(10))
      }
    case .halfBody:
      let response = Self.response(200, good)
      try await socket.write(Data(response.prefix(response.count - good.utf8.count / 2)))
    case .invalidJSON: try await socket.write(Self.response(200, "<html>busy</html>"))
    case .reply(let body): try await socket.write(Self.response(200, body))
    case .packed(let bytes):
      let head =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length: \(bytes.count)\r\n\r\n"
      try await socket.write(Data(head.utf8) + bytes)
    case .refusal: try await socket.write(Self.response(200, Self.completion(text: nil, refusal: "I cannot judge")))
    case .contentFilter:
      try await socket.write(Self.response(200, Self.completion(text: "", finish: "content_filter")))
    case .lengthLimit: try await socket.write(Self.response(200, Self.completion(text: "The fir", finish: "length")))
    case .tooLarge(let count):
      try await socket.write(Self.response(200, Self.completion(text: String(repeating: "x", count: count))))
    case .status(let status, let headers, let body):
      try await socket.write(Self.response(status, headers: headers, body))
    }
  }

  /// A chat completion: 10 tokens of request and 2 of reply.
  private static func completion(text: String?, refusal: String? = nil, finish: String = "stop") -> String {
    "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
      + "\"message\":{\"role\":\"assistant\",\"content\":\(quoted(text)),\"refusal\":\(quoted(refusal))},"
      + "\"logprobs\":null,\"finish_reason\":\"\(finish)\"}],"
      + "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2,\"total_tokens\":12,"
      + "\"prompt_tokens_details\":{\"cached_tokens\":4}}}"
  }

  private static func quoted(_ text: String?) -> String {
    guard let text, let data = try? JSONEncoder().encode(text) else { return "null" }
    return String(decoding: data, as: UTF8.self)
  }

  private static func response(_ status: Int, headers: [String: String] = [:], _ body: String) -> Data {
    let fields = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
    return Data(
      ("HTTP/1.1 \(status) Status\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n"
        + fields + "\r\n" + body).utf8)
  }
}
