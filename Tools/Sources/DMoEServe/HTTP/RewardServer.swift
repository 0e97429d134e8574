import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// A server that gives rewards to trainers, in the dialects that they speak.
///
/// ```swift
/// let server = try RewardServer([source], settings, logger: Logger(label: "dmoerm.serve"))
/// try await server.run { port in print("listening at port \(port)") }
/// ```
public final class RewardServer: Sendable {
  let service: RewardService
  private let watch = ConnectionWatch()
  private let logger: Logger
  private let group = Mutex<ServiceGroup?>(nil)
  private let reloading = Mutex(Reloading.no)

  /// Whether bundles are being read again, and are to be once more when that is done.
  private enum Reloading { case no, yes, again }

  /// Reads the models.
  ///
  /// - Throws: What reading a bundle throws; `ServeError` for settings that must not be served with.
  public init(_ sources: [ModelSource], _ settings: ServeSettings, logger: Logger) throws {
    service = try RewardService(sources, settings)
    self.logger = logger
  }

  /// The names of the models, the first of which answers requests that name none.
  public var models: [String] { service.registry.names }

  /// Answers requests until `stop` is called and all that were taken in are answered.
  ///
  /// - Parameter isRunning: Called with the port when connections are taken.
  /// - Throws: What the system says of an address or a file that cannot be used.
  public func run(_ isRunning: @escaping @Sendable (_ port: Int) -> Void = { _ in }) async throws {
    let app = try application(isRunning)
    var configuration = ServiceGroupConfiguration(services: [app], logger: quietLogger)
    configuration.maximumGracefulShutdownDuration = .seconds(service.settings.limits.stopSeconds)
    let group = ServiceGroup(configuration: configuration)
    self.group.withLock { $0 = group }
    try await group.run()
  }

  /// Takes no more connections; `run` returns when what was taken in is answered.
  public func stop() async {
    service.beginStopping()
    await group.withLock { $0 }?.triggerGracefulShutdown()
  }

  /// Reads the bundles of all models again; a model whose bundle cannot be read stays as it was.
  ///
  /// A call that comes while they are read has them read once more, for what changed meanwhile, and does not wait for it.
  public func reload() async {
    let isFirst = reloading.withLock { state in
      defer { state = state == .no ? .yes : .again }
      return state == .no
    }
    guard isFirst else { return }
    repeat { await readBundles() } while goesOn()
  }

  private func goesOn() -> Bool {
    reloading.withLock { state in
      defer { state = state == .again ? .yes : .no }
      return state == .again
    }
  }

  private func readBundles() async {
    for name in models {
      do {
        _ = try await service.reload(name, replacing: nil, waits: true)
        logger.notice("reloaded", metadata: ["model": "\(name)"])
      } catch {
        logger.error("not reloaded", metadata: ["model": "\(name)", "reason": "\(error)"])
      }
    }
  }

  /// The framework's own lines are about itself.
  private var quietLogger: Logger {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .warning)
    return logger
  }

  private func application(_ isRunning: @escaping @Sendable (Int) -> Void) throws -> Application<RewardResponder> {
    let settings = service.settings
    let (watch, limits) = (watch, settings.limits)
    let readTime = TimeAmount.nanoseconds(Int64(limits.readSeconds * 1e9))
    let channel = HTTP1Channel.Configuration(
      additionalChannelHandlers: [ConnectionGuard(watch, readTime: readTime)], idleTimeout: readTime)
    let plain = HTTPServerBuilder.http1(configuration: channel)
    return Application(
      responder: RewardResponder(service: service, watch: watch, logger: logger),
      server: try settings.tls.map { try .tls(plain, tlsConfiguration: try Self.configuration($0)) } ?? plain,
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port), serverName: "dmoerm", backlog: 1024,
        availableConnectionsDelegate: .maximum(limits.connections, logger: quietLogger)),
      onServerRunning: { isRunning($0.localAddress?.port ?? settings.port) }, logger: quietLogger)
  }

  private static func configuration(_ files: ServeSettings.TLSFiles) throws -> TLSConfiguration {
    let certificates = try NIOSSLCertificate.fromPEMFile(files.certificate)
    let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    return configuration
  }
}
