public import DMoECore
public import DMoEData
public import DMoEModel
public import Foundation

/// A language model that writes: it samples texts and knows their log-probabilities.
///
/// ```swift
/// let policy = try LanguageModel(contentsOf: URL(fileURLWithPath: "SmolLM2-135M-Instruct.gguf"))
/// let texts = try policy.generate("Why is the sky blue?", count: 4, options: GenerationOptions(maximumTokens: 64))
/// for text in texts { print(text.text) }
/// ```
///
/// It is a backbone with its language-model head, and an adapter if it has been tuned; without the adapter it is the
/// reference that it began from. A value over shared, frozen weights: a reward model over the same `Backbone` costs no second
/// copy of them, and any number of threads may use one.
public struct LanguageModel: Sendable {
  /// The language model underneath.
  public let backbone: Backbone
  /// The template that turns a conversation into tokens; `nil` if none was given, and the backbone's files name none that is
  /// known.
  public var template: ConversationTemplate? { try? found.get() }
  /// What it was tuned by; `nil` if it is the backbone as it was read.
  public package(set) var adapter: LoRAAdapter?

  /// The template, or why there is none: token ids can be written without it.
  private let found: Result<ConversationTemplate?, any Error>
  /// Normalized states to logits. Shape: [vocabulary, hidden].
  package let head: Linear
  /// The backend and threads that it runs on.
  package var compute: Compute
  /// What it computes in, as folders of runs remember it: other numbers give other texts.
  package var precisionName: String {
    compute.precision.rawValue + (compute.precision == .stored ? " " + compute.activations.rawValue : "")
  }

  /// Reads a GGUF file or a Hugging Face folder.
  ///
  /// - Parameters:
  ///   - url: The file or folder.
  ///   - template: How conversations become tokens; `nil` takes what the files name.
  ///   - options: The backend, threads and precision to compute with.
  /// - Throws: What `Backbone.init(contentsOf:options:)` throws; `CoreError` for a language-model head that is missing;
  ///   `TokenizerError` for a given template that the tokenizer does not fit.
  public init(
    contentsOf url: URL, template: ConversationTemplate? = nil, options: ComputeOptions = ComputeOptions()
  ) throws {
    try self.init(
      backbone: try Backbone(contentsOf: url, options: options), template: template, options: options)
  }

  /// The same, over a backbone that is in memory already.
  public init(
    backbone: Backbone, template: ConversationTemplate? = nil, options: ComputeOptions = ComputeOptions()
  ) throws {
    if let template, let tokenizer = backbone.tokenizer { try template.check(tokenizer) }
    self.backbone = backbone
    found =
      template.map { .success($0) } ?? Result { try backbone.location.flatMap(ConversationTemplate.recognized(at:)) }
    compute = try Compute(options)
    head = try backbone.languageModelHead(compute)
  }

  /// Another backbone of the same shape under the same head, without an adapter.
  init(_ other: LanguageModel, backbone: Backbone) {
    self.backbone = backbone
    found = other.found
    compute = other.compute
    head = other.head
  }

  /// The tokenizer of the backbone.
  ///
  /// - Throws: `PolicyError.noTokenizer`.
  func tokenizer() throws -> Tokenizer {
    guard let tokenizer = backbone.tokenizer else { throw PolicyError.noTokenizer(backbone: backbone.name) }
    return tokenizer
  }

  /// The ids of a conversation with the header that asks for a response: what the model goes on from.
  ///
  /// - Throws: `PolicyError.noTokenizer`, `.noTemplate`; `TokenizerError` for a template that is not known, one that the
  ///   tokenizer does not fit, and turns that it cannot have.
  public func promptIDs(_ conversation: Conversation) throws -> [Int32] {
    guard let template = try found.get() else { throw PolicyError.noTemplate(backbone: backbone.name) }
    return try template.generationPromptIDs(
      turns: conversation.turns.map { ($0.role.rawValue, $0.content) }, tokenizer: tokenizer())
  }

  /// The tokens that end a text, unless others are named: the template's end of a response, and the tokenizer's end of a text.
  public var stopTokens: Set<Int32> {
    guard let tokenizer = backbone.tokenizer else { return [] }
    let end = template.flatMap { tokenizer.tokenID(of: $0.endToken) }
    return Set([end, tokenizer.eosID].compactMap { $0 })
  }

  /// Shapes: states [rows, hidden], before the final norm -> logits [rows, vocabulary].
  func logits(_ graph: Graph, _ states: Variable) -> Matrix {
    graph.linear(backbone.normalize(graph, states), head).value
  }

  /// Where the adapter acts, among so many rows.
  func spans(rows: Int) -> [AdapterSpan] { adapter.map { [AdapterSpan(rows: 0..<rows, adapter: $0)] } ?? [] }
}
