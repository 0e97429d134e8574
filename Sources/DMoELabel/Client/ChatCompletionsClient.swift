public import Foundation
import Synchronization

/// A language model behind any service that speaks OpenAI's chat completions.
///
/// Each call is one request on a connection of its own; asking again and keeping to rate limits are the caller's
/// business. One exception: when a service says that it does not take a field, that field is renamed or left out for
/// the rest of the client's life (`adjustments`) and the request is sent again; and a request with a schema that is
/// refused for any other reason is sent once without it.
///
/// Redirects are refused, as they would carry the key elsewhere; there are no cookies, no cache, no stored credentials.
///
/// Requests go through Foundation's `URLSession`. On Linux that costs half a core to a whole one while replies are
/// waited for, which a model on the same machine will notice, and a reply that is cut off may be found out only when
/// the time is over. A program to which that matters gives a judge a `LanguageModelClient` of its own.
public final class ChatCompletionsClient: LanguageModelClient {
  /// The address that requests are sent to.
  public let url: URL

  private let apiKey: APIKey?
  private let now: @Sendable () -> Date
  private let transport: any HTTPTransport
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
  public convenience init(
    baseURL: URL, apiKey: APIKey? = nil, timeout: Duration = .seconds(300), maximumReplyBytes: Int = 8 << 20,
    maximumConnections: Int = 64, now: @escaping @Sendable () -> Date = { Date() }
  ) throws(CompletionError) {
    precondition(
      timeout > .zero && timeout <= .seconds(86_400 * 30) && maximumReplyBytes > 0 && maximumConnections > 0,
      "ChatCompletionsClient: a limit that lets nothing through, or a timeout of more than 30 days")
    try self.init(
      baseURL: baseURL, apiKey: apiKey,
      transport: URLSessionTransport(
        timeout: timeout, maximumReplyBytes: maximumReplyBytes, maximumConnections: maximumConnections),
      now: now)
  }

  /// A client of the service at a base URL whose requests another client of HTTP carries.
  ///
  /// - Throws: `CompletionError.invalidBaseURL`.
  @_spi(HTTPTransport) public init(
    baseURL: URL, apiKey: APIKey? = nil, transport: any HTTPTransport,
    now: @escaping @Sendable () -> Date = { Date() }
  ) throws(CompletionError) {
    url = try ServiceAddress.completions(base: baseURL)
    self.apiKey = apiKey
    self.transport = transport
    self.now = now
  }

  /// The parameters that the service turned out not to take, by model; empty if it takes everything.
  @_spi(Command) public var adjustments: [String: Set<RequestAdjustment>] { adjusted.withLock { $0 } }

  /// One reply of the service.
  ///
  /// - Throws: `CompletionError`; `CancellationError` as soon as the task is canceled.
  public func complete(_ request: CompletionRequest) async throws -> CompletionReply {
    // Whether the service has refused this request as it is, so that it goes without its schema.
    var isTrial = false
    while true {
      var adjustments = adjusted.withLock { $0[request.model] ?? [] }
      if isTrial { adjustments.insert(.omitsResponseSchema) }
      let body = try ChatCompletionsBody(request, adjustments: adjustments)
      let key = try await apiKey?.value()
      let reply = try await transport.send(
        HTTPRequest(url: url, headers: Self.headers(key: key), body: body.bytes))
      let (status, error): (Int, ServiceError)
      switch Self.outcome(of: reply) {
      case .success(let completion):
        if isTrial { learn(.omitsResponseSchema, of: request.model) }
        return completion
      case .failure(.malformed(let malformed)): throw malformed
      case .failure(.refused(let found, let words)): (status, error) = (found, words)
      }
      // Each field once: what this request was already sent without cannot be what is wrong.
      let adjustment = RequestAdjustment(status: status, error)?.mildest(after: adjustments)
      if let adjustment, adjustment.matters(to: request), !adjustments.contains(adjustment) {
        learn(adjustment, of: request.model)
        continue
      }
      let failure = CompletionError(
        status: status, headers: reply.headers, error: error, key: key, messages: request.messages, now: now())
      guard failure.mayBeForTheSchema, request.responseSchema != nil, !adjustments.contains(.omitsResponseSchema)
      else { throw failure }
      isTrial = true
    }
  }

  private func learn(_ adjustment: RequestAdjustment, of model: String) {
    adjusted.withLock { _ = $0[model, default: []].insert(adjustment) }
  }

  private enum Fault: Error {
    /// The service's own word that it failed, with the status that goes with it.
    case refused(status: Int, ServiceError)
    case malformed(CompletionError)
  }

  private static func outcome(of reply: HTTPReply) -> Result<CompletionReply, Fault> {
    guard (200...299).contains(reply.status) else {
      return .failure(.refused(status: reply.status, ServiceError(body: reply.body)))
    }
    do {
      return .success(try ChatCompletion.reply(from: reply.body))
    } catch let malformed {
      guard let error = ServiceError(replyBody: reply.body) else { return .failure(.malformed(malformed)) }
      return .failure(.refused(status: error.impliedStatus, error))
    }
  }

  private static func headers(key: String?) -> [String: String] {
    var headers = [
      "Content-Type": "application/json", "Accept": "application/json", "User-Agent": "DMoERM",
      // When a kept connection proves dead, URLSession sends the head of the request anew, but on Linux not its body: both
      // sides then wait until the timeout. A connection for each request costs little beside a model's work, and nothing
      // is ever sent, or paid for, twice behind the caller's back.
      "Connection": "close",
    ]
    if let key { headers["Authorization"] = "Bearer \(key)" }
    return headers
  }
}
