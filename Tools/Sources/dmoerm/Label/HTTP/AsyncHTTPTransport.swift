import AsyncHTTPClient
@_spi(HTTPTransport) import DMoELabel
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Sends requests with AsyncHTTPClient, which sleeps while it waits and notices at once that a connection has ended.
final class AsyncHTTPTransport: HTTPTransport {
  private let client: HTTPClient
  private let timeout: Duration
  private let maximumReplyBytes: Int

  /// - Parameters:
  ///   - timeout: for the whole exchange, waiting for a free connection included.
  ///   - maximumReplyBytes: the longest reply, unpacked.
  ///   - maximumConnections: how many connections the service may see at a time.
  ///   - proxy: what the connections go through.
  init(
    timeout: Duration, maximumReplyBytes: Int = 8 << 20, maximumConnections: Int, proxy: HTTPClient.Configuration.Proxy?
  ) {
    self.timeout = timeout
    self.maximumReplyBytes = maximumReplyBytes
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      // The deadline of a request is the only limit: a proxy or a handshake may take as long as there is.
      timeout: .init(connect: TimeAmount(timeout)), proxy: proxy,
      decompression: .enabled(limit: .size(maximumReplyBytes)))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = maximumConnections
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    configuration.maximumUsesPerConnection = 1
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  // A client must be told to end. It holds on to itself until it has.
  deinit { client.shutdown { _ in } }

  func send(_ request: DMoELabel.HTTPRequest) async throws -> HTTPReply {
    try Task.checkCancellation()
    let collector = HTTPReplyCollector(maximumBytes: maximumReplyBytes)
    let exchange: HTTPClient.Task<HTTPReply>
    do {
      exchange = client.execute(
        request: try HTTPClient.Request(
          url: request.url, method: .POST, headers: HTTPHeaders(request.headers.map { ($0, $1) }),
          body: .bytes(request.body)),
        delegate: collector, deadline: .now() + TimeAmount(timeout))
    } catch {
      throw CompletionError.invalidBaseURL(reason: "cannot be sent to")
    }
    do {
      return try await withTaskCancellationHandler {
        try await exchange.get()
      } onCancel: {
        exchange.cancel()
      }
    } catch {
      if Task.isCancelled { throw CancellationError() }
      throw fault(error, replyHadBegun: collector.replyHasBegun)
    }
  }

  private func fault(_ error: any Error, replyHadBegun: Bool) -> CompletionError {
    switch error {
    case let error as CompletionError: error
    case let error as HTTPClientError: fault(error, replyHadBegun: replyHadBegun)
    case is NIOConnectionError: .connectionLost(.refused)
    // A connection that ends without TLS's goodbye is lost like any other, and no fault of the certificate.
    case NIOSSLError.uncleanShutdown: .connectionLost(replyHadBegun ? .cutOff : .dropped)
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: .connectionLost(.insecure)
    case let error as IOError where error.errnoCode == ECONNREFUSED: .connectionLost(.refused)
    default: .connectionLost(replyHadBegun ? .cutOff : .dropped)
    }
  }

  private func fault(_ error: HTTPClientError, replyHadBegun: Bool) -> CompletionError {
    switch error {
    case .deadlineExceeded, .connectTimeout, .tlsHandshakeTimeout, .socksHandshakeTimeout, .httpProxyHandshakeTimeout,
      .getConnectionFromPoolTimeout, .readTimeout, .writeTimeout:
      .timedOut(after: timeout)
    case .invalidProxyResponse, .proxyAuthenticationRequired: .connectionLost(.refused)
    default: .connectionLost(replyHadBegun ? .cutOff : .dropped)
    }
  }
}
