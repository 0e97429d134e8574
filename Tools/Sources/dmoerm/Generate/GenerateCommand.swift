import ArgumentParser
import DMoEPolicy
@_spi(Command) import DMoERM
import Foundation

/// Lets a backbone write.
struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Let a language model write answers to prompts.",
    discussion: """
      A text follows from model, prompt, settings, seed and the number of its sample, whatever is written beside it. \
      --json gives a line for each text: {"ids", "logprobs", "text", "finishReason", "sample", "id" of the row with \
      --input, "sampledLogprobs" where tokens were drawn from another distribution than the model's own, "reward", \
      "rewards" and "abstentions" with --best-of}. A backbone without a tokenizer takes --ids.

      Examples:
        dmoerm generate --prompt "Why is the sky blue?" --max-tokens 64
        dmoerm generate --prompt "Tell me a joke." --samples 4 --temperature 0.8 --seed 1
        dmoerm generate --prompt "Tell me a joke." --best-of 16 --reward my.dmoerm
        dmoerm generate --backbone DIR --ids 1,2,3 --greedy --max-tokens 20 --json
        dmoerm generate --input prompts.jsonl --samples 8 --json > texts.jsonl

      \(ExitStatus.help)
      """)

  @OptionGroup var backbone: BackboneOptions
  @Option(parsing: .unconditional, help: "What is answered.") var prompt: String?
  @Option(parsing: .unconditional, help: "A system turn before the prompt.") var system: String?
  @Option(parsing: .unconditional, help: "Token ids to go on from, separated by commas, instead of a prompt.")
  var ids: String?
  @Option(
    parsing: .unconditional, help: "A JSON Lines file of prompts; - reads standard input.", transform: pathWord)
  var input: String?
  @Option(parsing: .unconditional, help: "A PEFT adapter folder to apply.", transform: pathWord) var adapter: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How a conversation becomes tokens: a name such as chatml, or a file that Scripts/derive-template wrote.",
      discussion: "Default: the one in the backbone's files.", valueName: "name"))
  var template: String?
  @OptionGroup var sampling: SamplingArguments
  @OptionGroup var judge: RewardArguments
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    let given = [prompt != nil ? "--prompt" : nil, ids != nil ? "--ids" : nil, input != nil ? "--input" : nil]
      .compactMap { $0 }
    guard given.count <= 1 else { throw ValidationError("\(given.joined(separator: " and ")) cannot go together") }
    if system != nil, prompt == nil { throw ValidationError("--system goes with --prompt") }
    if let prompt, prompt.allSatisfy(\.isWhitespace) { throw ValidationError("--prompt is empty") }
    if ids != nil, judge.bestOf != nil {
      throw ValidationError("--best-of judges answers to conversations; give --prompt or --input")
    }
    if judge.bestOf != nil, sampling.samples != 1 {
      throw ValidationError("--best-of says how many samples there are; leave --samples out")
    }
  }

  func run() async throws {
    guard prompt != nil || ids != nil || input != nil else {
      throw ValidationError("--prompt TEXT is missing, or --ids, or --input FILE with prompts")
    }
    // What is wrong with the input is said before a model is loaded.
    if let adapter { try InputFile(adapter, option: "--adapter").checkFolder() }
    try judge.check()
    let ids = try ids.map { try TokenIDs.parse($0, option: "--ids") }
    let template = try template.map { try ConversationTemplate.word($0) }
    let rows = try conversations()
    let model = try load(template)
    if let ids { return try await write(ids: ids, model) }
    if let reward = try judge.load(over: model.backbone, backbone.compute) {
      return try choose(rows, model, reward)
    }
    try await write(rows, model)
  }

  private typealias Row = (id: String?, conversation: Conversation)

  private func conversations() throws -> [Row] {
    if let prompt { return [(nil, try Conversation(prompt: prompt, system: system))] }
    guard let input else { return [] }
    return try DataFile(input).prompts(ReadingOptions()).prompts.map { ($0.id, $0.conversation) }
  }

  private func load(_ template: ConversationTemplate?) throws -> LanguageModel {
    let location = try BackboneLocation.find(backbone.path)
    var model = try LanguageModel(contentsOf: location, template: template, options: backbone.compute)
    if let adapter { try model.readAdapter(contentsOf: URL(fileURLWithPath: adapter)) }
    return model
  }

  private func write(ids: [Int32], _ model: LanguageModel) async throws {
    try await show(
      try model.stream(ids: [ids], count: sampling.samples, options: sampling.options), rows: [(nil, "ids")])
  }

  private func write(_ rows: [Row], _ model: LanguageModel) async throws {
    let prompts = try rows.map { try model.promptIDs($0.conversation) }
    try await show(
      try model.stream(ids: prompts, count: sampling.samples, options: sampling.options),
      rows: rows.map { ($0.id, $0.conversation.turns.last?.content ?? "") })
  }

  /// Prints texts in the order of prompts and samples, each as soon as it and those before it are written.
  private func show(_ stream: GenerationStream, rows: [(id: String?, title: String)]) async throws {
    let isAlone = rows.count * sampling.samples == 1
    var waiting: [Int: [String]] = [:]
    var next = 0
    for try await event in stream {
      if isAlone, !json { Console.output.write(event.text) }
      guard let completion = event.completion else { continue }
      let place = event.prompt * sampling.samples + completion.sample
      waiting[place] = try lines(completion, rows[event.prompt], isAlone: isAlone)
      while let lines = waiting.removeValue(forKey: next) {
        Console.output.print(lines)
        next += 1
      }
    }
  }

  private func lines(
    _ completion: Completion, _ row: (id: String?, title: String), isAlone: Bool
  ) throws -> [String] {
    if json { return [try JSONOutput.line(GenerationLine(id: row.id, completion))] }
    // The text is there already; this ends its line. Without a tokenizer there is no text to show.
    if isAlone { return [completion.text.isEmpty ? completion.ids.map { "\($0)" }.joined(separator: ",") : ""] }
    let terminal = Console.output.terminal
    let title = "\(row.id ?? "sample") \(completion.sample + 1)"
    let text = completion.text.isEmpty ? completion.ids.map { "\($0)" }.joined(separator: ",") : completion.text
    return [terminal.styled("-- \(title)", .bold), text]
  }

  private func choose(_ rows: [Row], _ model: LanguageModel, _ reward: RewardModel) throws {
    let category = try judge.category(in: reward)
    var options = sampling.options
    options.stopTokens = sampling.ignoreStopTokens ? [] : nil
    for row in rows {
      let chosen = try model.best(
        of: judge.bestOf ?? 1, for: row.conversation, by: reward, category: category, options: options)
      guard let best = chosen.best else {
        throw Failure(
          "\(row.id.map { "prompt \($0): " } ?? "")the reward model could judge none of the \(chosen.candidates.count) samples",
          hint: "More tokens (--max-tokens), or another seed (--seed), may give texts that it can.")
      }
      if json {
        Console.output.print(try JSONOutput.line(GenerationLine(id: row.id, best, of: chosen)))
      } else {
        show(best, of: chosen, row)
      }
    }
  }

  private func show(_ best: BestOfN.Candidate, of chosen: BestOfN, _ row: Row) {
    let rewards = chosen.candidates.compactMap(\.reward)
    let mean = rewards.reduce(0, +) / Float(max(1, rewards.count))
    var facts = "reward \(Numbers.reward(best.reward ?? 0)), best of \(rewards.count), mean \(Numbers.reward(mean))"
    if chosen.abstentions > 0 { facts += ", \(chosen.abstentions) not judged" }
    let terminal = Console.output.terminal
    Console.output.print(terminal.styled((row.id.map { "-- \($0): " } ?? "-- ") + facts, .bold), best.completion.text)
  }
}
