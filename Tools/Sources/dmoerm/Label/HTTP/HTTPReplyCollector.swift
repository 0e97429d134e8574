import AsyncHTTPClient
@_spi(HTTPTransport) import DMoELabel
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// Puts one reply together as its parts come, up to a size.
final class HTTPReplyCollector: HTTPClientResponseDelegate {
  private struct State {
    var head: HTTPResponseHead?
    var body = Data()
  }

  private let maximumBytes: Int
  private let state = Mutex(State())

  init(maximumBytes: Int) {
    self.maximumBytes = maximumBytes
  }

  /// Whether anything of a reply has come.
  var replyHasBegun: Bool { state.withLock { $0.head != nil } }

  func didReceiveHead(task: HTTPClient.Task<HTTPReply>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
    state.withLock { $0.head = head }
    return task.eventLoop.makeSucceededVoidFuture()
  }

  func didReceiveBodyPart(task: HTTPClient.Task<HTTPReply>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
    let fits = state.withLock { state in
      guard state.body.count + buffer.readableBytes <= maximumBytes else { return false }
      state.body.append(contentsOf: buffer.readableBytesView)
      return true
    }
    guard fits else {
      return task.eventLoop.makeFailedFuture(CompletionError.replyTooLarge(limit: maximumBytes))
    }
    return task.eventLoop.makeSucceededVoidFuture()
  }

  func didFinishRequest(task: HTTPClient.Task<HTTPReply>) throws -> HTTPReply {
    let state = state.withLock { $0 }
    guard let head = state.head else { throw CompletionError.connectionLost(.dropped) }
    return HTTPReply(
      status: Int(head.status.code),
      headers: Dictionary(
        head.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { "\($0), \($1)" }),
      body: state.body)
  }
}
