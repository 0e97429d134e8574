import NIOCore
import NIOHTTPTypes

/// Watches one connection: closes it if a request's body does not come in time, and tells when the client has gone.
final class ConnectionGuard: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart

  private let watch: ConnectionWatch
  private let readTime: TimeAmount
  private var deadline: Scheduled<Void>?

  init(_ watch: ConnectionWatch, readTime: TimeAmount) {
    self.watch = watch
    self.readTime = readTime
  }

  func handlerAdded(context: ChannelHandlerContext) { watch.open(ObjectIdentifier(context.channel)) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      deadline?.cancel()
      let channel = context.channel
      deadline = context.eventLoop.scheduleTask(in: readTime) { channel.close(promise: nil) }
    case .body: break
    case .end:
      deadline?.cancel()
      deadline = nil
    }
    context.fireChannelRead(data)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed { watch.gone(ObjectIdentifier(context.channel)) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    watch.close(ObjectIdentifier(context.channel))
    context.fireChannelInactive()
  }
}
