import Dispatch
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Sends requests over HTTP and keeps each within its time and size.
///
/// Built on data tasks with one delegate rather than on `URLSession.data(for:)`: that one knows no limit of size and,
/// on Linux, can deadlock when its Swift task is canceled while a reply comes in (swift-corelibs-foundation issue
/// 5412). One session serves all requests, as sessions that come and go are what leaks and crashes there.
final class HTTPTransport: Sendable {
  private let session: URLSession
  private let exchanges: HTTPExchanges
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
    exchanges = HTTPExchanges(maximumReplyBytes: maximumReplyBytes)
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
  ///   `CancellationError` at once when the task is canceled.
  func send(_ request: URLRequest) async throws -> HTTPReply {
    try Task.checkCancellation()
    let task = session.dataTask(with: request)
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
