import ArgumentParser
@_spi(Command) import DMoERM
import DMoEServe
import Dispatch
import Foundation
import Logging
import NIOCore

/// Serves reward models.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Give rewards to trainers over HTTP, in the dialects that they speak.",
    discussion: """
      Paths: /v1/rewards is the server's own; /get_reward is OpenRLHF's, /classify, /pooling, /score and /rerank are \
      vLLM's, SGLang's, TEI's, Jina's and llama.cpp's, /remote_rm is slime's and miles', /verify NeMo Gym's, \
      /v1/score/evaluation LLaMA-Factory's. GET /health, /metrics and /v1/models say how it is. Docs/Serving.md has a \
      line for each trainer.

      SIGTERM and Ctrl-C end it when what it took in is answered; SIGHUP reads the bundles again, and no request is lost.

      Examples:
        dmoerm serve
        dmoerm serve my.dmoerm --port 8000
        dmoerm serve --model judge=my.dmoerm --model small=dmoerm-small
        DMOERM_SERVE_KEY=secret dmoerm serve my.dmoerm --host 0.0.0.0

      \(ExitStatus.help)
      """)

  @OptionGroup var models: ServedModelArguments
  @OptionGroup var place: ServePlaceArguments
  @OptionGroup var limits: ServeLimitArguments
  @Flag(help: "Write no line for each request.") var quiet = false

  func run() async throws {
    let settings = try serveSettings()
    var logger = Logger(label: "dmoerm.serve") { _ in ConsoleLog() }
    logger.logLevel = quiet ? .notice : .info
    let sources = try models.sources()
    // While models are read, too: what was changed meanwhile is read when they are.
    let hangUp = HangUp()
    defer { hangUp.end() }
    let server: RewardServer
    do { server = try RewardServer(sources, settings, logger: logger) } catch let error as ServeError {
      throw Failure(error.message, status: .usage)
    }
    let interrupt = Interrupt(wait: "dmoerm: answering what was taken in; once more stops at once.") {
      Task { await server.stop() }
    }
    defer { interrupt.end() }
    hangUp.listen { Task { await server.reload() } }
    let (scheme, host) = (
      settings.tls == nil ? "http" : "https", settings.host.contains(":") ? "[\(settings.host)]" : settings.host
    )
    let names = server.models.joined(separator: ", ")
    do {
      try await server.run { port in
        Console.output.print("Serving \(names) at \(scheme)://\(host):\(port)")
      }
    } catch {
      throw Failure(error) ?? Failure("the server cannot listen at \(host):\(settings.port): \(Self.reason(error))")
    }
  }

  /// What the system says, without the call that it was said of.
  private static func reason(_ error: any Error) -> String {
    (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
  }

  private func serveSettings() throws -> ServeSettings {
    var settings = ServeSettings()
    settings.limits = try limits.limits()
    try place.apply(to: &settings)
    return settings
  }
}
