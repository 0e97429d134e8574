import Dispatch
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The requests of one session that are under way; the session's delegate.
final class URLSessionExchanges: NSObject, URLSessionDataDelegate {
  private struct Exchange {
    let task: URLSessionDataTask
    let continuation: CheckedContinuation<HTTPReply, any Error>
    let timeout: Duration
    let deadline: DispatchTime
    var body = Data()
  }

  private struct State {
    var exchanges: [Int: Exchange] = [:]
    /// When the watch looks next; nil if it sleeps.
    var wakeUp: DispatchTime?
  }

  private let maximumReplyBytes: Int
  private let state = Mutex(State())
  /// Cancels tasks and watches deadlines, away from every lock: cancelling waits for the session's own queue.
  private let queue = DispatchQueue(label: "DMoELabel.URLSessionExchanges")

  init(maximumReplyBytes: Int) {
    self.maximumReplyBytes = maximumReplyBytes
  }

  /// Remembers a request that is about to be sent.
  func begin(
    _ task: URLSessionDataTask, timeout: Duration, _ continuation: CheckedContinuation<HTTPReply, any Error>
  ) {
    let deadline = DispatchTime.now() + .nanoseconds(Int(timeout / .nanoseconds(1)))
    state.withLock { state in
      state.exchanges[task.taskIdentifier] = Exchange(
        task: task, continuation: continuation, timeout: timeout, deadline: deadline)
    }
    watch(deadline)
  }

  /// Ends a request with an error at once, if it has not ended before.
  func abort(_ task: URLSessionTask, _ error: any Error) {
    guard let exchange = take(task) else { return }
    exchange.continuation.resume(throwing: error)
    // In a cancellation handler a lock of the Swift task is held, and a callback may hold the session's queue while it
    // resumes that very task: to wait for the queue here could wait for ever.
    queue.async { exchange.task.cancel() }
  }

  /// Whoever takes an exchange is the one to resume its continuation.
  private func take(_ task: URLSessionTask) -> Exchange? {
    state.withLock { $0.exchanges.removeValue(forKey: task.taskIdentifier) }
  }

  // MARK: Deadlines

  /// Sees to it that the deadline is noticed: one timer for all, not one for each request that lives on after it.
  private func watch(_ deadline: DispatchTime) {
    let mustWake = state.withLock { state in
      if let wakeUp = state.wakeUp, wakeUp <= deadline { return false }
      state.wakeUp = deadline
      return true
    }
    guard mustWake else { return }
    queue.asyncAfter(deadline: deadline) { [weak self] in self?.expire() }
  }

  private func expire() {
    let now = DispatchTime.now()
    let (due, next) = state.withLock { state in
      let due = state.exchanges.values.filter { $0.deadline <= now }
      let next = state.exchanges.values.lazy.map(\.deadline).filter { $0 > now }.min()
      state.wakeUp = nil
      return (due, next)
    }
    for exchange in due { abort(exchange.task, CompletionError.timedOut(after: exchange.timeout)) }
    if let next { watch(next) }
  }

  // MARK: URLSessionDataDelegate

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let isTooLarge = state.withLock { state in
      guard let count = state.exchanges[dataTask.taskIdentifier]?.body.count else { return false }
      if count + data.count > maximumReplyBytes { return true }
      state.exchanges[dataTask.taskIdentifier]?.body.append(data)
      return false
    }
    if isTooLarge { abort(dataTask, CompletionError.replyTooLarge(limit: maximumReplyBytes)) }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    // The new request would carry the key to wherever the reply says. Answering a task that is being canceled stops
    // the process on Linux, so it is one or the other: an exchange that is taken here is never canceled, and one that
    // was canceled before is not answered.
    guard let exchange = take(task) else { return }
    completionHandler(nil)
    exchange.continuation.resume(throwing: CompletionError.redirected(status: response.statusCode))
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
    completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
  ) {
    // On Linux a challenge that nobody answers keeps the request waiting. A user and password are never sent: the key
    // went with the request, and was not accepted.
    let passwords = [
      NSURLAuthenticationMethodDefault, NSURLAuthenticationMethodHTTPBasic, NSURLAuthenticationMethodHTTPDigest,
    ]
    guard passwords.contains(challenge.protectionSpace.authenticationMethod) else {
      return completionHandler(.performDefaultHandling, nil)
    }
    let status = (challenge.failureResponse as? HTTPURLResponse ?? task.response as? HTTPURLResponse)?.statusCode
    // As with redirects: answered or canceled, never both.
    guard let exchange = take(task) else { return }
    completionHandler(.cancelAuthenticationChallenge, nil)
    exchange.continuation.resume(throwing: CompletionError.unauthorized(status: status ?? 401))
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    guard let exchange = take(task) else { return }
    let response = task.response as? HTTPURLResponse
    if let error {
      let fault = Self.fault(error, replyHadBegun: response != nil, timeout: exchange.timeout)
      exchange.continuation.resume(throwing: fault)
    } else if let response {
      exchange.continuation.resume(returning: HTTPReply(response, body: exchange.body))
    } else {
      exchange.continuation.resume(throwing: CompletionError.connectionLost(.dropped))
    }
  }

  private static func fault(_ error: any Error, replyHadBegun: Bool, timeout: Duration) -> CompletionError {
    switch (error as? URLError)?.code {
    case .timedOut?: .timedOut(after: timeout)
    case .cannotConnectToHost?, .cannotFindHost?, .dnsLookupFailed?, .notConnectedToInternet?:
      .connectionLost(.refused)
    case .secureConnectionFailed?, .serverCertificateHasBadDate?, .serverCertificateUntrusted?,
      .serverCertificateHasUnknownRoot?, .serverCertificateNotYetValid?, .clientCertificateRejected?,
      .clientCertificateRequired?, .appTransportSecurityRequiresSecureConnection?:
      .connectionLost(.insecure)
    default: .connectionLost(replyHadBegun ? .cutOff : .dropped)
    }
  }
}
