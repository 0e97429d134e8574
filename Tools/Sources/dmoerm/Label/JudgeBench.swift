import ArgumentParser
@_spi(HTTPTransport) import DMoELabel
@_spi(Command) import DMoERM
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

  /// A judge in its file, counted from 0.
  private struct Place {
    var file: String
    var index: Int

    func failure(_ key: String, _ fault: String) -> Failure {
      Failure("\(file): \"[\(index)].\(key)\" \(fault)", status: .badInput)
    }
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
    for (index, entry) in entries.enumerated() {
      let place = arguments.judges.map { Place(file: $0, index: index) }
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
  private static func address(_ text: String, _ place: Place?) throws -> URL {
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

  private static func read(_ path: String) throws -> [Entry] {
    let content = try InputFile(path, option: "--judges").json(status: .badInput)
    let form = #"Such as [{"baseURL": "http://127.0.0.1:8080/v1", "model": "NAME", "apiKeyEnv": "VARIABLE"}]"#
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: content), case .array(let judges) = value else {
      throw Failure("\(path) is not a list of judges", hint: form, status: .badInput)
    }
    let entries: [Entry]
    do {
      entries = try SettingFault.decode([Entry].self, from: value, in: path)
    } catch let failure as Failure {
      throw Failure(failure.message, hint: form, status: .badInput)
    }
    guard !entries.isEmpty else { throw Failure("\(path) names no judge", status: .badInput) }
    // A misspelt key is one that would be passed over: `apikeyEnv` would send no key, or another service's.
    for (index, judge) in judges.enumerated() {
      guard case .object(let members) = judge,
        let unknown = members.keys.sorted().first(where: { Entry.CodingKeys(rawValue: $0) == nil })
      else { continue }
      throw Failure(
        "\(path): judge [\(index)] has no key \"\(unknown)\"",
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
