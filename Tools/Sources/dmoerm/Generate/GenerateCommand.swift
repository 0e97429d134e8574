import ArgumentParser
import DMoEPolicy
@_spi(Command) import DMoERM
import Foundation

/// Lets a backbone write.
struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Let a language model write answers to prompts.",
    discussion: """
      A text follows from model, prompt, settings, seed and the number of its sample; with --precision stored whatever \
      is written beside it, otherwise within rounding. \
      --json gives a line for each text: {"ids", "logprobs", "text", "finishReason", "sample", "id" of the row with \
      --input, "sampledLogprobs" where tokens were drawn from another distribution than the model's own, "reward", \
      "rewards" and "abstentions" with --best-of}. --rows gives one for each prompt with all its texts, as `dmoerm score` and \
      `dmoerm experiment` read them: {"id", "category", "messages", "responses"}. A backbone without a tokenizer takes --ids.

      Examples:
        dmoerm generate --prompt "Why is the sky blue?" --max-tokens 64
        dmoerm generate --prompt "Tell me a joke." --samples 4 --temperature 0.8
        dmoerm generate --prompt "Tell me a joke." --best-of 16 --reward my.dmoerm
        dmoerm generate --backbone DIR --ids 1,2,3 --greedy --max-tokens 20 --json
        dmoerm generate --input prompts.jsonl --samples 8 --json > texts.jsonl
        dmoerm generate --input prompts.jsonl --samples 16 --rows > rows.jsonl

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
  @Option(
    parsing: .unconditional, help: "A PEFT adapter folder, or a GGUF file of llama.cpp's, to apply.",
    transform: pathWord) var adapter: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How a conversation becomes tokens: a name such as chatml, or a file that Scripts/derive-template wrote.",
      discussion: "Default: the one in the backbone's files.", valueName: "name"))
  var template: String?
  @OptionGroup var sampling: SamplingArguments
  @OptionGroup var judge: RewardArguments
  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "Print a line of JSON for each prompt, with all its texts.") var rows = false

  func validate() throws {
    let given = [prompt != nil ? "--prompt" : nil, ids != nil ? "--ids" : nil, input != nil ? "--input" : nil]
      .compactMap { $0 }
    guard given.count <= 1 else { throw ValidationError("\(given.joined(separator: " and ")) cannot go together") }
    if system != nil, prompt == nil { throw ValidationError("--system goes with --prompt") }
    if let prompt, prompt.allSatisfy(\.isWhitespace) { throw ValidationError("--prompt is empty") }
    if ids != nil, judge.bestOf != nil {
      throw ValidationError("--best-of judges answers to conversations; give --prompt or --input")
    }
    if rows, ids != nil || judge.bestOf != nil || json {
      throw ValidationError("--rows has all texts of prompts; --ids, --best-of and --json do not go with it")
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
    if let adapter { try InputFile(adapter, option: "--adapter").checkPath() }
    try judge.check()
    let ids = try ids.map { try TokenIDs.parse($0, option: "--ids") }
    let template = try template.map(TemplateWord.template(_:))
    let prompts = try conversations()
    let model = try load(template)
    if let reward = try judge.load(over: model.backbone, backbone) {
      return try choose(prompts, model, reward)
    }
    let texts = try ids.map { [$0] } ?? prompts.map { try model.promptIDs($0.conversation) }
    if rows { return try await show(model, ids: texts, rowsOf: prompts) }
    try await show(model, prompts: texts, names: ids == nil ? prompts.map(\.id) : [nil])
  }

  private func conversations() throws -> [GenerationPrompt] {
    if let prompt { return [GenerationPrompt(conversation: try Conversation(prompt: prompt, system: system))] }
    guard let input else { return [] }
    return try DataFile(input).prompts(ReadingOptions()).prompts.map(GenerationPrompt.init)
  }

  private func load(_ template: ConversationTemplate?) throws -> LanguageModel {
    var model = try LanguageModel(backbone: try backbone.load(), template: template, options: backbone.compute)
    if let adapter { try model.readAdapter(contentsOf: URL(fileURLWithPath: adapter)) }
    return model
  }

  /// Prints a line for each prompt, in their order, as soon as all its texts and those before it are written.
  private func show(_ model: LanguageModel, ids: [[Int32]], rowsOf prompts: [GenerationPrompt]) async throws {
    guard model.backbone.tokenizer != nil else { throw PolicyError.noTokenizer(backbone: model.backbone.name) }
    var rows = GenerationRows(prompts, samples: sampling.samples)
    for try await event in try model.stream(ids: ids, count: sampling.samples, options: sampling.options) {
      guard let completion = event.completion else { continue }
      Console.output.print(try rows.add(completion, toPrompt: event.prompt).map(JSONOutput.line))
    }
  }

  /// Prints texts in the order of prompts and samples, each as soon as it and those before it are written.
  private func show(_ model: LanguageModel, prompts: [[Int32]], names: [String?]) async throws {
    let isAlone = prompts.count * sampling.samples == 1
    let hasText = model.backbone.tokenizer != nil
    var waiting: [Int: [String]] = [:]
    var next = 0
    for try await event in try model.stream(ids: prompts, count: sampling.samples, options: sampling.options) {
      if isAlone, !json { Console.output.write(event.text) }
      guard let completion = event.completion else { continue }
      let ids = completion.ids.map { "\($0)" }.joined(separator: ",")
      let name = names[event.prompt]
      waiting[event.prompt * sampling.samples + completion.sample] =
        if json {
          [try JSONOutput.line(GenerationLine(id: name, completion))]
        } else if isAlone {
          // The text is there already; this ends its line.
          [hasText ? "" : ids]
        } else {
          [
            Console.output.terminal.styled("-- \(name ?? "sample") \(completion.sample + 1)", .bold),
            hasText ? completion.text : ids,
          ]
        }
      while let lines = waiting.removeValue(forKey: next) {
        Console.output.print(lines)
        next += 1
      }
    }
  }

  private func choose(_ rows: [GenerationPrompt], _ model: LanguageModel, _ reward: RewardModel) throws {
    let category = try judge.category(in: reward)
    for row in rows {
      let chosen = try model.best(
        of: judge.bestOf ?? 1, for: row.conversation, by: reward, category: category, options: sampling.options)
      guard rows.count > 1 || chosen.best != nil else {
        throw Failure(
          "the reward model could judge none of \(Numbers.count(chosen.candidates.count, "sample"))",
          hint: "More tokens (--max-tokens), or another seed (--seed), may give texts that it can.")
      }
      Console.output.print(
        json ? [try JSONOutput.line(GenerationLine(id: row.id, chosen))] : lines(chosen, row, Console.output.terminal))
    }
  }

  private func lines(_ chosen: BestOfN, _ row: GenerationPrompt, _ terminal: Terminal) -> [String] {
    let rewards = chosen.candidates.compactMap(\.reward)
    let name = "-- " + (row.id.map { "\($0): " } ?? "")
    guard let best = chosen.best, let reward = best.reward else {
      return [terminal.styled(name + "none of \(chosen.candidates.count) could be judged", .bold)]
    }
    let mean = rewards.reduce(0, +) / Float(rewards.count)
    var facts = "reward \(Numbers.reward(reward)), best of \(rewards.count), mean \(Numbers.reward(mean))"
    if chosen.abstentions > 0 { facts += ", \(chosen.abstentions) not judged" }
    return [terminal.styled(name + facts, .bold), best.completion.text]
  }
}
