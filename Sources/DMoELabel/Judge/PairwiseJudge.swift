public import DMoEData

/// A judge: a language model that says which of two responses is better, asked in both orders.
///
/// ```swift
/// let judge = PairwiseJudge(client: client, model: "NAME")
/// let judgement = try await judge.compare(prompt: "I had a bad day.", responses: [a, b], point: point)
/// print(judgement.outcome)
/// ```
public struct PairwiseJudge: Sendable {
  /// The name of the judge, which becomes the annotator of training samples.
  public let name: String
  /// The client that answers the requests.
  public let client: any LanguageModelClient
  /// The model as its service names it.
  public let model: String
  /// The templates.
  public let prompts: PromptSet
  /// The settings by which replies are sampled.
  public let sampling: JudgeSampling

  /// A judge.
  ///
  /// - Parameters:
  ///   - name: who judges; nil is the model.
  ///   - client: the client that answers the requests.
  ///   - model: the name of the model, as the service knows it.
  ///   - prompts: the templates of what is asked.
  ///   - sampling: the settings by which replies are sampled.
  public init(
    name: String? = nil, client: any LanguageModelClient, model: String, prompts: PromptSet = .standard(),
    sampling: JudgeSampling = JudgeSampling()
  ) {
    self.name = name ?? model
    self.client = client
    self.model = model
    self.prompts = prompts
    self.sampling = sampling
  }

  /// The request that asks for a verdict on a comparison in one order.
  @_spi(Command) public func request(for comparison: Comparison, order: PresentationOrder) -> CompletionRequest {
    let prompt = prompts.prompt(for: comparison.pair)
    return CompletionRequest(
      model: model, messages: prompt.render(comparison, order: order), temperature: sampling.temperature,
      maximumTokens: sampling.maximumTokens(for: prompt), seed: sampling.seed,
      topLogProbabilities: sampling.topLogProbabilities,
      responseSchema: sampling.usesSchema ? prompt.verdictSchema : nil)
  }

  /// The verdict of a reply to a request for this comparison, in the order of that request.
  @_spi(Command) public func reading(of reply: CompletionReply, to comparison: Comparison) -> ReplyReading {
    VerdictReader(prompts.prompt(for: comparison.pair)).read(reply)
  }

  /// Asks in both orders at once, and keeps nothing: for a program with a loop of its own.
  ///
  /// - Throws: the client's error; the other request is then canceled.
  @_spi(Command) public func judge(_ comparison: Comparison) async throws -> Judgement {
    async let forward = client.complete(request(for: comparison, order: .forward))
    async let reversed = client.complete(request(for: comparison, order: .reversed))
    return try await Judgement(
      forward: reading(of: forward, to: comparison), reversed: reading(of: reversed, to: comparison))
  }

  /// Judges two responses to a conversation; `language` is a tag such as "zh".
  ///
  /// - Parameters:
  ///   - conversation: the conversation that the responses answer.
  ///   - responses: the two responses.
  ///   - point: in respect of what; nil is their overall quality.
  ///   - language: the language of the texts, such as `zh`, which chooses the prompt's; nil looks at the texts.
  /// - Throws: `DataError` unless there are two responses with text, or the client's error.
  public func compare(
    _ conversation: Conversation, responses: [String], point: CapabilityPoint? = nil, language: String? = nil
  ) async throws -> Judgement {
    let pair = try RankedResponses(
      id: "comparison", language: language, conversation: conversation, responses: responses,
      ranks: responses.map { _ in 1 })
    return try await judge(Comparison(pair, point: point))
  }

  /// Judges two responses to a prompt.
  ///
  /// - Parameters:
  ///   - prompt: the prompt that the responses answer.
  ///   - responses: the two responses.
  ///   - point: in respect of what; nil is their overall quality.
  /// - Throws: `DataError` if a text is empty or there are not two responses, or the client's error.
  public func compare(
    prompt: String, responses: [String], point: CapabilityPoint? = nil
  ) async throws -> Judgement {
    try await compare(Conversation(prompt: prompt), responses: responses, point: point)
  }
}
