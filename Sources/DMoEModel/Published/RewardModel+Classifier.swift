public import DMoECore
import DMoEData
public import Foundation

extension RewardModel {
  /// A published reward model, as a model of one category: its head over its own backbone, without an adapter.
  ///
  /// ```swift
  /// let model = try RewardModel(classifier: URL(fileURLWithPath: "Skywork-Reward-V2-Qwen3-0.6B"))
  /// print(try model.score(prompt: "Why is the sky blue?", response: "Air scatters blue light more than red."))
  /// ```
  ///
  /// Read are Hugging Face folders whose class is transformers' `LlamaForSequenceClassification` or that of another family
  /// that can be a backbone, and the linear heads of OpenRLHF and UltraRM. The reward is the head's number over the last
  /// token that is not padding, neither squashed nor normalized, as transformers gives it. Docs/Models.md has what is read
  /// and what is refused.
  ///
  /// - Parameters:
  ///   - url: The folder.
  ///   - reading: What its files leave open, or is to be read otherwise.
  ///   - options: The backend, threads and precision to compute with.
  /// - Throws: `ModelError.unsupportedRewardModel` with what is missing; what `Backbone.init(contentsOf:)` throws.
  public init(
    classifier url: URL, reading: ClassifierOptions = ClassifierOptions(), options: ComputeOptions = ComputeOptions()
  ) throws {
    let backbone = try Backbone(contentsOf: url, options: options)
    let configuration = try ClassifierConfiguration(of: backbone, at: url)
    let template = try reading.template ?? Self.template(of: backbone, at: url)
    var reading = reading
    // What a reranker without a head is asked is yes or no.
    if template == .qwen3Reranker, backbone.headTensors.isEmpty, reading.output == nil {
      reading.output = .difference(of: "yes", over: "no")
    }
    let head = try PublishedRewards(backbone, configuration, template, reading)
    let settings = try Configuration {
      $0.taxonomy = try Taxonomy([head.category])
      $0.template = template
      ($0.base, $0.expert) = (.none, .none)
      $0.pooling = configuration.pooling
      $0.paddingID = head.padding.id
      $0.maximumTokens = reading.maximumTokens ?? backbone.configuration.contextLength
    }
    try self.init(
      configuration: settings, reader: StateReader(settings, backbone: backbone, options: options),
      router: Router(untrained: settings, for: backbone.configuration, seed: 0), inner: [head.mixture])
    imported = ImportRecord(
      path: url.standardizedFileURL.path, className: configuration.className, head: head.tensors, output: head.output,
      padding: head.padding.origin, statistics: configuration.statistics)
  }

  /// The template in the files of a published model.
  ///
  /// - Throws: `ModelError.unsupportedRewardModel` if there is none; `TokenizerError.unknownTemplate`.
  private static func template(of backbone: Backbone, at url: URL) throws -> ConversationTemplate {
    guard let found = try ConversationTemplate.published(with: backbone, at: url) else {
      throw ModelError.unsupportedRewardModel(
        path: url.path, reason: "its files have no chat template, and it was not said which it was trained with")
    }
    return found
  }
}

/// What makes the rewards of a published model: one head, or objectives with a gate.
private struct PublishedRewards {
  let category: TaskCategory
  let mixture: InnerMoE
  let padding: PaddingRule
  let tensors: [String]
  let output: String?

  /// - Throws: `ModelError.unsupportedRewardModel`; `CoreError` for misshapen tensors.
  init(
    _ backbone: Backbone, _ configuration: ClassifierConfiguration, _ template: ConversationTemplate,
    _ reading: ClassifierOptions
  ) throws {
    let layerCount = backbone.configuration.layerCount
    if PublishedObjectives.isHead(backbone.heads.names) {
      let objectives = try PublishedObjectives(backbone, configuration, template)
      category = objectives.category
      mixture = objectives.mixture(category, layerCount: layerCount)
      padding = try PaddingRule(
        reading.padding, configured: configuration.paddingID, objectives.tensors[0], backbone.tokenizer)
      (tensors, output) = (objectives.tensors, nil)
      return
    }
    let head = try PublishedHead(backbone, configuration, reading.output)
    var normalization = RewardNormalization()
    if reading.normalizesRewards {
      func refused(_ reason: String) -> ModelError {
        .unsupportedRewardModel(path: configuration.path, reason: reason)
      }
      guard let statistics = configuration.statistics else {
        throw refused("config.json has no mean and std to normalize rewards by")
      }
      guard statistics.deviation > 0 else {
        throw refused("config.json's std is \(statistics.deviation), which no reward can be divided by")
      }
      normalization = statistics
    }
    category = TaskCategory(id: "general", name: "General")
    mixture = try InnerMoE(
      category: category, base: Expert(adapter: LoRAAdapter(layerCount: layerCount), head: ValueHead(head.weight)),
      normalization: normalization)
    padding = try PaddingRule(
      reading.padding, configured: head.skipsPadding ? configuration.paddingID : nil, head.tensors[0],
      backbone.tokenizer)
    (tensors, output) = (head.tensors, head.output)
  }
}

/// The token whose run at the end of a text is passed over, and who says so.
private struct PaddingRule {
  let id: Int32?
  let origin: String

  /// - Throws: `TokenizerError.missingToken`.
  init(
    _ asked: ClassifierOptions.Padding, configured: Int32?, _ head: String, _ tokenizer: Tokenizer?
  ) throws {
    switch asked {
    case .configured:
      id = configured
      origin = "as the files say of \(head): " + (configured.map { "token \($0)" } ?? "none")
    case .tokenizer:
      id = tokenizer?.padID ?? tokenizer?.eosID
      origin = "the tokenizer's: \(id.map { "\($0)" } ?? "none")"
    case .token(let token):
      guard let found = tokenizer?.tokenID(of: token) else { throw TokenizerError.missingToken(token) }
      id = found
      origin = "as asked: \(token), \(found)"
    case .none:
      id = nil
      origin = "as asked: none"
    }
  }
}
