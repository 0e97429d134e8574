import ArgumentParser
@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM
import Foundation

/// Who judges, and how it is asked.
struct JudgeArguments: ParsableArguments {
  @Option(
    name: .customLong("base-url"), parsing: .unconditional,
    help: ArgumentHelp(
      "An OpenAI-compatible service, such as http://127.0.0.1:8080/v1.", valueName: "url"))
  var baseURL: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: "The model, as the service names it. Given several times, all of them vote.") var model: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Judges of several services: a JSON list of objects with baseURL and model; optional name, apiKeyEnv, temperature.",
      valueName: "file"), transform: pathWord)
  var judges: String?
  @Option(
    name: .customLong("api-key-env"), parsing: .unconditional,
    help: ArgumentHelp(
      "The environment variable with the key; with --base-url, OPENAI_API_KEY if it is set.", valueName: "name"))
  var apiKeyVariable: String?
  @Option(
    help: ArgumentHelp(
      "The language of the prompt: auto (by sample), en or zh.", valueName: "language"))
  var language = Choice(PromptLanguage.auto)
  @Option(
    parsing: .unconditional, help: ArgumentHelp("A JSON file with a prompt of your own.", valueName: "file"),
    transform: pathWord) var template: String?
  @Flag(help: "Ask for a reason before the verdict: more tokens, better verdicts.") var explain = false
  @Flag(name: .customLong("free-text"), help: "Ask for words instead of JSON that follows a schema.")
  var freeText = false
  @Flag(help: "Ask for log-probabilities, for --soft verdict.") var logprobs = false
  @Option(help: "How far the judge departs from its likeliest words.") var temperature: Float = 0
  @Option(help: "The longest reply in tokens, thoughts included; 4096 leaves room for them.")
  var maximumReplyTokens: Int?
  @Option(help: "Makes sampling repeatable where the service can.") var judgeSeed: UInt64?
  @Option(help: "How long one request may take, in seconds.") var timeout: Double = 300

  func validate() throws {
    if judges != nil, baseURL != nil || !model.isEmpty {
      throw ValidationError("--judges stands in the place of --base-url and --model")
    }
    guard timeout > 0, timeout <= 86_400 * 30 else {
      throw ValidationError("--timeout must be above 0 and at most 30 days in seconds, not \(timeout)")
    }
    if Set(model).count < model.count { throw ValidationError("--model names a model twice: it would vote twice") }
    if template != nil, explain || language.value != .auto {
      throw ValidationError(
        "--template says all of the prompt; --language and --explain choose among the built-in ones")
    }
    guard Self.temperatures.contains(temperature) else {
      throw ValidationError("--temperature must be 0 to 100, not \(temperature)")
    }
    try Bounds.check("--maximum-reply-tokens", maximumReplyTokens, 1...Self.mostReplyTokens)
  }

  /// The options that are not as they are without being typed.
  var given: [String] {
    let options: [(name: String, isGiven: Bool)] = [
      ("--base-url", baseURL != nil), ("--model", !model.isEmpty), ("--judges", judges != nil),
      ("--api-key-env", apiKeyVariable != nil), ("--language", language.value != .auto),
      ("--template", template != nil),
      ("--explain", explain), ("--free-text", freeText), ("--logprobs", logprobs), ("--temperature", temperature != 0),
      ("--maximum-reply-tokens", maximumReplyTokens != nil), ("--judge-seed", judgeSeed != nil),
      ("--timeout", timeout != 300),
    ]
    return options.filter(\.isGiven).map(\.name)
  }

  /// More than any model writes.
  static let mostReplyTokens = 1_000_000

  static let temperatures: ClosedRange<Float> = 0...100
}
