import ArgumentParser
@_spi(Command) import DMoERM
import DMoEServe

/// How much the server takes in at once, and how long it waits.
struct ServeLimitArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A JSON file of limits, such as {\"queuedResponses\": 4096}; options are put over it.", valueName: "file"),
    transform: pathWord) var config: String?
  @Option(parsing: .unconditional, help: "Responses that may wait; more are answered 429. Default: 2048.") var queue:
    Int?
  @Option(parsing: .unconditional, help: "Megabytes of kept prompts for each model. Default: 64.") var promptCache: Int?
  @Option(
    parsing: .unconditional,
    help: "Seconds until a request is answered at the latest; X-Request-Timeout may say less. Default: 600.")
  var timeout: Double?

  func validate() throws {
    try Bounds.check("--queue", queue, 1...(1 << 24))
    try Bounds.check("--prompt-cache", promptCache, 0...(1 << 20))
    if let timeout, !(timeout > 0 && timeout.isFinite) { throw ValidationError("--timeout must be a number above 0") }
  }

  func limits() throws -> ServeLimits {
    var limits = ServeLimits()
    if let config {
      let file = try SettingsFile(config, option: "--config")
      limits = try Failure.settings(in: config) { try file.json.applied(to: limits) }
    }
    if let queue { limits.queuedResponses = queue }
    if let promptCache { limits.keptPromptBytes = promptCache << 20 }
    if let timeout { limits.requestSeconds = timeout }
    return limits
  }
}
