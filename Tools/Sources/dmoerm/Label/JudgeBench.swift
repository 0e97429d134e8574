import ArgumentParser
@_spi(Command) @_spi(HTTPTransport) import DMoELabel
@_spi(Command) import DMoERM
import Foundation

/// The judges that the arguments name, with their clients.
struct JudgeBench {
  var judges: [PairwiseJudge]
  private var clients: [ChatCompletionsClient]
  /// Whether all of them run on this machine.
  var isLocal: Bool

  init(_ arguments: JudgeArguments, concurrency: Int) throws {
    let entries: [JudgeEntry]
    if let path = arguments.judges {
      entries = try JudgeEntry.read(path)
    } else {
      guard let baseURL = arguments.baseURL else {
        throw ValidationError("--base-url URL is missing: the judge's service, such as http://127.0.0.1:8080/v1")
      }
      guard !arguments.model.isEmpty else {
        throw ValidationError("--model NAME is missing: the judge, as its service names it")
      }
      entries = arguments.model.map { JudgeEntry(baseURL: baseURL, model: $0) }
    }
    let prompts = try arguments.prompts()
    let sampling = arguments.sampling
    judges = []
    clients = []
    isLocal = true
    // The usual key is that of the one service on the command line; services of a file name theirs.
    let usual = arguments.apiKeyVariable ?? (arguments.judges == nil ? "OPENAI_API_KEY" : nil)
    for (index, entry) in entries.enumerated() {
      let place = arguments.judges.map { JudgePlace(file: $0, index: index) }
      let url = try Self.address(entry.baseURL, place)
      if let temperature = entry.temperature, !JudgeArguments.temperatures.contains(temperature), let place {
        throw place.failure("temperature", "must be 0 to 100, not \(temperature)")
      }
      let client = try ChatCompletionsClient(
        baseURL: url,
        apiKey: try Self.key(
          entry.apiKeyEnv ?? usual, isAsked: entry.apiKeyEnv != nil || arguments.apiKeyVariable != nil),
        transport: AsyncHTTPTransport(
          timeout: .seconds(arguments.timeout), maximumConnections: max(concurrency, 1), proxy: HTTPProxy.find(for: url)
        ))
      clients.append(client)
      var own = sampling
      if let temperature = entry.temperature { own.temperature = temperature }
      judges.append(
        PairwiseJudge(name: entry.name, client: client, model: entry.model, prompts: prompts, sampling: own))
      isLocal = isLocal && ["127.0.0.1", "localhost", "::1", "[::1]"].contains(url.host ?? "")
    }
  }

  /// What the services turned out not to take.
  var notes: [String] {
    clients.flatMap { client in
      client.adjustments.sorted { $0.key < $1.key }.flatMap { model, adjustments in
        // Another form of the schema that did not help either is not worth a word.
        adjustments.filter { $0 != .sendsSchemaInObject || !adjustments.contains(.omitsResponseSchema) }
          .map { "\(model) \($0)" }.sorted()
      }
    }
  }

  /// The address that a judge names; one of a file is looked at here, where its place is known.
  private static func address(_ text: String, _ place: JudgePlace?) throws -> URL {
    guard let url = URL(string: text) else {
      throw place?.failure("baseURL", "is no URL") ?? ValidationError("\(text) is no URL")
    }
    guard let place else { return url }
    do { _ = try ChatCompletionsClient(baseURL: url) } catch { throw place.failure("baseURL", "is wrong: \(error)") }
    return url
  }

  /// The key in a variable; one that was asked for must be there.
  private static func key(_ variable: String?, isAsked: Bool) throws -> APIKey? {
    guard let variable else { return nil }
    let isThere = !(ProcessInfo.processInfo.environment[variable] ?? "").isEmpty
    guard isThere || !isAsked else {
      throw ValidationError("the environment has no variable \(variable) with a key")
    }
    return isThere ? .environment(variable) : nil
  }
}
