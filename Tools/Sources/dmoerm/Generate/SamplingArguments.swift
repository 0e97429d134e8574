import ArgumentParser
import DMoEPolicy

/// How tokens are chosen, and where a text ends.
struct SamplingArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: "The most tokens of a text.") var maxTokens = 256
  @Option(parsing: .unconditional, help: "How many texts of each prompt.") var samples = 1
  @Option(parsing: .unconditional, help: "The random choices follow from it, the prompt and the sample's number.")
  var seed: UInt64 = 0
  @Flag(help: "Always take the likeliest token.") var greedy = false
  @Option(parsing: .unconditional, help: "What logits are divided by.") var temperature: Float = 1
  @Option(parsing: .unconditional, help: "Keep so many of the likeliest tokens.") var topK: Int?
  @Option(parsing: .unconditional, help: "Keep the likeliest tokens that together have this probability.")
  var topP: Float?
  @Option(parsing: .unconditional, help: "Keep tokens at least so probable as this share of the likeliest.")
  var minP: Float?
  @Option(parsing: .unconditional, help: "Makes tokens less likely that the text already has; 1 does nothing.")
  var repetitionPenalty: Float = 1
  @Option(parsing: .unconditionalSingleValue, help: "A string that ends a text; may be given several times.")
  var stop: [String] = []
  @Flag(help: "Go on behind the tokens that end a text.") var ignoreStopTokens = false
  @Option(
    parsing: .unconditional,
    help: "How many texts are written side by side; changes time and memory, and results by rounding at most.")
  var concurrency = 64

  func validate() throws {
    try Bounds.check("--samples", samples, 1...1_000_000)
    try Bounds.check("--max-tokens", maxTokens, 1...(1 << 24))
    try Bounds.check("--concurrency", concurrency, 1...(1 << 12))
    if greedy, temperature != 1 || topK != nil || topP != nil || minP != nil {
      throw ValidationError(
        "--greedy takes the likeliest token; --temperature, --top-k, --top-p and --min-p say nothing then")
    }
  }

  var options: GenerationOptions {
    GenerationOptions(
      maximumTokens: maxTokens,
      sampling: Sampling(
        isGreedy: greedy, temperature: temperature, topK: topK, topP: topP, minP: minP,
        repetitionPenalty: repetitionPenalty),
      seed: seed, stopTokens: ignoreStopTokens ? [] : nil, stopStrings: stop, concurrency: concurrency)
  }
}
