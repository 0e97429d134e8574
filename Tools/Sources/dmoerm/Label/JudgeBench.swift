import ArgumentParser
@_spi(HTTPTransport) import DMoELabel
import DMoERM
import Foundation

/// The judges that the arguments name, with their clients.
struct JudgeBench {
  var judges: [PairwiseJudge]
  private var clients: [ChatCompletionsClient]
  /// Whether all of them run on this machine.
  var isLocal: Bool

  /// A judge of the file of judges.
  private struct Entry: Decodable {
    var name: String?
    var baseURL: String
    var model: String
    var apiKeyEnv: String?
    var temperature: Float?

    enum CodingKeys: String, CodingKey, CaseIterable { case name, baseURL, model, apiKeyEnv, temperature }
  }

  init(_ arguments: JudgeArguments, concurrency: Int) throws {
    var entries: [Entry]
    if let path = arguments.judges {
      entries = try Self.read(path)
    } else {
      guard let baseURL = arguments.baseURL else {
        throw ValidationError("Missing expected argument '--base-url <url>'")
      }
      entries = arguments.model.map { Entry(baseURL: baseURL, model: $0) }
    }
    let prompts = try arguments.prompts()
    let sampling = arguments.sampling
    judges = []
    clients = []
    isLocal = true
    // The usual key is that of the one service on the command line; services of a file name theirs.
    let usual = arguments.apiKeyVariable ?? (arguments.judges == nil ? "OPENAI_API_KEY" : nil)
    for entry in entries {
      guard let url = URL(string: entry.baseURL) else {
        throw ValidationError("\(entry.baseURL) is no URL")
      }
      if let temperature = entry.temperature { try JudgeArguments.check(temperature: temperature) }
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

  /// The key in a variable; one that was asked for must be there.
  private static func key(_ variable: String?, isAsked: Bool) throws -> APIKey? {
    guard let variable else { return nil }
    let isThere = !(ProcessInfo.processInfo.environment[variable] ?? "").isEmpty
    guard isThere || !isAsked else {
      throw ValidationError("the environment has no variable \(variable) with a key")
    }
    return isThere ? .environment(variable) : nil
  }

  private static func read(_ path: String) throws -> [Entry] {
    let content = try InputFile(path, option: "--judges").json(status: .badInput)
    let entries: [Entry]
    do {
      entries = try JSONDecoder().decode([Entry].self, from: content)
    } catch {
      throw Failure(
        "\(path) is not a list of judges",
        hint: #"Such as [{"baseURL": "http://127.0.0.1:8080/v1", "model": "NAME", "apiKeyEnv": "VARIABLE"}]"#,
        status: .badInput)
    }
    guard !entries.isEmpty else { throw Failure("\(path) names no judge", status: .badInput) }
    // A misspelt key is one that would be passed over: `apikeyEnv` would send no key, or another service's.
    let objects = (try? JSONDecoder().decode([[String: JSONValue]].self, from: content)) ?? []
    if let unknown = objects.flatMap(\.keys).sorted().first(where: { Entry.CodingKeys(rawValue: $0) == nil }) {
      throw Failure(
        "\(path): a judge has no key \"\(unknown)\"",
        hint: "Keys: " + Entry.CodingKeys.allCases.map(\.rawValue).joined(separator: ", "),
        status: .badInput)
    }
    var known: Set<String> = []
    if let twice = entries.first(where: { !known.insert($0.name ?? $0.model).inserted }) {
      throw Failure(
        "\(path): two judges are called \(twice.name ?? twice.model)", hint: "Give one of them a name of its own.",
        status: .badInput)
    }
    return entries
  }
}

extension JudgeArguments {
  func prompts() throws -> PromptSet {
    if let template { return .fixed(try ComparisonPrompt(contentsOf: URL(fileURLWithPath: template))) }
    switch language {
    case .auto: return .standard(asksForReason: explain)
    case .en: return .fixed(.english(asksForReason: explain))
    case .zh: return .fixed(.chinese(asksForReason: explain))
    }
  }

  var sampling: JudgeSampling {
    JudgeSampling(
      temperature: temperature, maximumTokens: maximumReplyTokens, seed: judgeSeed,
      topLogProbabilities: logprobs ? 5 : nil, usesSchema: !freeText)
  }
}
