@_spi(Command) import DMoERM
import Foundation

/// What the server answers besides rewards: whether it is well, what it serves, what it counts.
struct ServerPages {
  let service: RewardService
  let head: RequestHead
  let connections: Int

  /// A path with the name that stands in it.
  private enum Place {
    case page, health, live, ready, metrics, info, session, reverification
    case models
    case model(String)
    case card(String)
    case reload(String)
  }

  private var place: Place? {
    switch head.path {
    case "/": return ServedPage.html == nil ? nil : .page
    case "/health": return .health
    case "/health/live": return .live
    case "/health/ready": return .ready
    case "/metrics": return .metrics
    case "/info": return .info
    case "/seed_session": return .session
    case "/reverify_mode": return .reverification
    case "/v1/models": return .models
    default: break
    }
    guard head.path.hasPrefix("/v1/models/") else { return nil }
    let parts = head.path.dropFirst("/v1/models/".count).split(separator: "/", omittingEmptySubsequences: false)
    guard let name = parts.first?.removingPercentEncoding, !name.isEmpty else { return nil }
    switch parts.dropFirst().map(String.init) {
    case []: return .model(name)
    case ["card"]: return .card(name)
    case ["reload"]: return .reload(name)
    default: return nil
    }
  }

  /// The path as metrics and logs have it.
  var pattern: String? {
    switch place {
    case nil: nil
    case .model: "/v1/models/{id}"
    case .card: "/v1/models/{id}/card"
    case .reload: "/v1/models/{id}/reload"
    default: head.path
    }
  }

  /// Whether no key is asked for.
  var isOpenToAll: Bool {
    switch place {
    case .page, .health, .live, .ready: true
    default: false
    }
  }

  /// - Parameter body: Reads the request's body.
  /// - Throws: `ServeError`.
  func answer(_ body: () async throws -> JSONTree) async throws -> Answer {
    guard let place else { throw ServeError(.notFound, "there is nothing at this path") }
    let posts =
      switch place {
      case .reload, .session: true
      default: false
      }
    guard posts ? head.method == .post : head.method == .get || head.method == .head else {
      throw ServeError(.methodNotAllowed, "this path takes \(posts ? "POST" : "GET")")
    }
    switch place {
    case .page: return ServedPage.answer
    case .live: return Answer(JSONTree(["status": JSONTree("ok")]))
    case .health, .ready:
      let isReady = service.isReady
      return Answer(
        JSONTree(["status": JSONTree(isReady ? "ok" : "stopping"), "ready": JSONTree(isReady)]),
        status: isReady ? 200 : 503)
    case .metrics: return Answer(text: metrics, type: "text/plain; version=0.0.4; charset=utf-8")
    case .info: return Answer(TEIInfo.answer(try service.registry.model(named: head.model), service.settings.limits))
    // NeMo Gym opens a session before it verifies; here is nothing to keep of one.
    case .session: return Answer(JSONTree([:]))
    // It asks whether a row may be verified again: a reward depends on nothing else.
    case .reverification: return Answer(JSONTree("stateless"))
    case .models:
      return Answer(
        JSONTree(["object": JSONTree("list"), "data": JSONTree(service.registry.all.map { ModelListing($0).json })]))
    case .model(let name): return Answer(ModelListing(try service.registry.model(named: name)).json)
    case .card(let name):
      return Answer(text: try service.registry.model(named: name).card, type: "text/markdown; charset=utf-8")
    case .reload(let name): return Answer(try await reload(name, body))
    }
  }

  private func reload(_ name: String, _ body: () async throws -> JSONTree) async throws -> JSONTree {
    _ = try service.registry.model(named: name)
    var replaced: [String]?
    do {
      let body = try await body()
      guard body.isObject, body.keys.allSatisfy({ $0 == "replaces" }) else {
        throw ServeError.invalid("a reload takes nothing, or an object with replaces: what may change")
      }
      if body.keys.contains("replaces") {
        guard let names = body["replaces"]?.strings else {
          throw ServeError.invalid(
            "replaces must be a list of categories, router, temperature and reading: of what may change")
        }
        replaced = names
      }
    } catch let error as ServeError where error.message.hasPrefix("the body is empty") {
      // Nothing was asked for besides.
    }
    return try await service.reload(name, replacing: replaced)
  }

  private var metrics: String {
    let models = service.registry.all
    return service.metrics.text(gauges: [
      ("dmoerm_queue_responses", "Responses that wait.", Double(service.queue.waitingResponses)),
      ("dmoerm_queue_tokens", "Tokens of responses that wait.", Double(service.queue.waitingTokens)),
      ("dmoerm_connections", "Open connections.", Double(connections)),
      ("dmoerm_kept_prompts", "Prompts that are kept.", Double(models.reduce(0) { $0 + $1.prompts.count })),
      ("dmoerm_kept_prompt_bytes", "Their memory.", Double(models.reduce(0) { $0 + $1.prompts.byteCount })),
    ])
  }
}
