import NIOCore

/// What ends a request before it is answered: its client goes, or its time is over.
struct RequestWatch: Sendable {
  private let channel: any Channel
  private let connections: ConnectionWatch

  init(_ channel: any Channel, connections: ConnectionWatch) {
    self.channel = channel
    self.connections = connections
  }

  /// Calls something when the client goes; at once if it has gone.
  ///
  /// - Returns: What ends that.
  func whenGone(_ call: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
    let (connection, connections) = (ObjectIdentifier(channel), connections)
    let number = connections.whenGone(connection, call)
    return { connections.forget(connection, number) }
  }

  /// Calls something when a time is over. Of what is ended before nothing is left: a sleeping task would stay until its time.
  ///
  /// - Returns: What ends that.
  func after(_ seconds: Double, _ call: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
    let scheduled = channel.eventLoop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) { call() }
    return { scheduled.cancel() }
  }
}
