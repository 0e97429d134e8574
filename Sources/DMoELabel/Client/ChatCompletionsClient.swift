public import Foundation
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A client of any service that speaks OpenAI's chat completions API.
///
/// ```swift
/// guard let service = URL(string: "https://api.example.com/v1") else { return }
/// let client = try ChatCompletionsClient(baseURL: service, apiKey: .environment("OPENAI_API_KEY"))
/// let judge = PairwiseJudge(client: client, model: "NAME")
/// ```
///
/// Each call is one request on a connection of its own; asking again and keeping to rate limits are the caller's
/// business. One exception: when a service says that it does not take a field, that field is renamed or left out for
/// the rest of the client's life (`adjustments`) and the request is sent again.
///
/// Redirects are refused, as they would carry the key elsewhere; there are no cookies, no cache, no stored credentials.
public final class ChatCompletionsClient: LanguageModelClient {
  /// The address that requests are sent to.
  public let url: URL

  private let apiKey: APIKey?
  private let now: @Sendable () -> Date
  private let transport: HTTPTransport
  private let adjusted = Mutex<[String: Set<RequestAdjustment>]>([:])

  /// A client of the service at a base URL.
  ///
  /// Requests go to `{base}/chat/completions`, for instance for `https://host/v1` or `https://host/v1beta/openai`. If
  /// the base has no path, they go to `{base}/v1/chat/completions`. A base that ends in `/chat/completions` is taken
  /// as it is. A slash at the end does not matter, and a query is kept.
  ///
  /// - Parameters:
  ///   - baseURL: the service's base URL.
  ///   - apiKey: sent as a bearer token; nil for services that want none.
  ///   - timeout: for a whole request, from sending it to the last byte of its reply.
  ///   - maximumReplyBytes: the longest reply; 8 MiB are hundreds of times a long one with log-probabilities.
  ///   - maximumConnections: the most connections at a time; requests beyond them wait within their timeout.
  ///   - now: the time against which a date in `Retry-After` is held if the reply itself has no date.
  /// - Throws: `CompletionError.invalidBaseURL`.
  public init(
    baseURL: URL, apiKey: APIKey? = nil, timeout: Duration = .seconds(120), maximumReplyBytes: Int = 8 << 20,
    maximumConnections: Int = 64, now: @escaping @Sendable () -> Date = { Date() }
  ) throws(CompletionError) {
    precondition(
      timeout > .zero && timeout <= .seconds(86_400 * 30) && maximumReplyBytes > 0 && maximumConnections > 0,
      "ChatCompletionsClient: a limit that lets nothing through, or a timeout of more than 30 days")
    url = try ServiceAddress.completions(base: baseURL)
    self.apiKey = apiKey
    self.now = now
    transport = HTTPTransport(
      timeout: timeout, maximumReplyBytes: maximumReplyBytes, maximumConnections: maximumConnections)
  }

  /// The parameters that the service turned out not to take, by model; empty if it takes everything.
  public var adjustments: [String: Set<RequestAdjustment>] { adjusted.withLock { $0 } }

  /// One reply of the service.
  ///
  /// - Throws: `CompletionError`; `CancellationError` as soon as the task is canceled.
  public func complete(_ request: CompletionRequest) async throws -> CompletionReply {
    while true {
      let adjustments = adjusted.withLock { $0[request.model] ?? [] }
      let body = try ChatCompletionsBody(request, adjustments: adjustments)
      let key = try await apiKey?.value()
      let reply = try await transport.send(self.request(body, key: key))
      var status = reply.status
      let error: ServiceError
      if (200...299).contains(status) {
        do {
          return try ChatCompletion.reply(from: reply.body)
        } catch let malformed {
          guard let inReply = ServiceError(replyBody: reply.body) else { throw malformed }
          error = inReply
          status = inReply.impliedStatus
        }
      } else {
        error = ServiceError(body: reply.body)
      }
      // Each field once: what this request was already sent without cannot be what is wrong.
      let adjustment = RequestAdjustment(status: status, error)?.mildest(after: adjustments)
      if let adjustment, adjustment.matters(to: request),
        !adjustments.contains(adjustment)
      {
        adjusted.withLock { _ = $0[request.model, default: []].insert(adjustment) }
        continue
      }
      throw CompletionError(
        status: status, headers: reply.headers, error: error, key: key, messages: request.messages, now: now())
    }
  }

  private func request(_ body: ChatCompletionsBody, key: String?) -> URLRequest {
    var request = URLRequest(url: url)
    request.httpMethod = "POST"
    request.httpBody = body.bytes
    request.httpShouldHandleCookies = false
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    request.setValue("application/json", forHTTPHeaderField: "Accept")
    // When a kept connection proves dead, the system sends the head of the request anew, but on Linux not its body:
    // both sides then wait until the timeout. A connection for each request costs little beside a model's work, and
    // nothing is ever sent, or paid for, twice behind the caller's back.
    request.setValue("close", forHTTPHeaderField: "Connection")
    if let key { request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") }
    return request
  }
}
