import Dispatch
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Sends requests over Foundation's `URLSession` and keeps each within its time and size.
///
/// Built on data tasks with one delegate rather than on `URLSession.data(for:)`: that one knows no limit of size and,
/// on Linux, can deadlock when its Swift task is cancelled while a reply comes in (swift-corelibs-foundation issue
/// 5412). One session serves all requests, as sessions that come and go are what leaks and crashes there.
///
/// What cannot be mended from here: on Linux the session asks the system again and again, without pausing, whether
/// a reply has come (half a core to a whole one), and it may send the head of a request again after a reply that was cut off.
final class URLSessionTransport: HTTPTransport {
  private let session: URLSession
  private let exchanges: URLSessionExchanges
  private let timeout: Duration

  /// - Parameters:
  ///   - timeout: for the whole exchange, waiting for a free connection included.
  ///   - maximumReplyBytes: the longest reply, unpacked.
  ///   - maximumConnections: how many connections one host may see at a time.
  init(timeout: Duration, maximumReplyBytes: Int, maximumConnections: Int) {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpMaximumConnectionsPerHost = maximumConnections
    // These only count while nothing arrives: a service that trickles would keep them off for ever.
    configuration.timeoutIntervalForRequest = timeout / .seconds(1) + 30
    configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
    configuration.urlCache = nil
    configuration.urlCredentialStorage = nil
    configuration.httpCookieStorage = nil
    configuration.httpShouldSetCookies = false
    configuration.httpCookieAcceptPolicy = .never
    exchanges = URLSessionExchanges(maximumReplyBytes: maximumReplyBytes)
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
    session = URLSession(configuration: configuration, delegate: exchanges, delegateQueue: queue)
    self.timeout = timeout
  }

  // A session holds on to its delegate until it is told to end. Every exchange is over by now.
  deinit { session.finishTasksAndInvalidate() }

  /// The reply to a request, whatever its status is.
  ///
  /// - Throws: `CompletionError` `.timedOut`, `.connectionLost`, `.replyTooLarge` or `.redirected`;
  ///   `CancellationError` at once when the task is cancelled.
  func send(_ request: HTTPRequest) async throws -> HTTPReply {
    try Task.checkCancellation()
    let task = session.dataTask(with: URLRequest(request))
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        exchanges.begin(task, timeout: timeout, continuation)
        task.resume()
        // The handler below may have run before there was an exchange to end.
        if Task.isCancelled { exchanges.abort(task, CancellationError()) }
      }
    } onCancel: {
      exchanges.abort(task, CancellationError())
    }
  }
}

extension URLRequest {
  fileprivate init(_ request: HTTPRequest) {
    self.init(url: request.url)
    httpMethod = "POST"
    httpBody = request.body
    httpShouldHandleCookies = false
    for (name, value) in request.headers { setValue(value, forHTTPHeaderField: name) }
  }
}
