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
    let head = try PublishedHead(backbone, configuration, reading.output)
    let padding = try PaddingRule(reading.padding, head, configuration, backbone.tokenizer)
    guard let template = reading.template else {
      throw ModelError.unsupportedRewardModel(
        path: url.path, reason: "it was not said which template it was trained with")
    }
    let settings = Configuration {
      $0.taxonomy = .single
      $0.template = template
      ($0.base, $0.expert) = (.none, .none)
      $0.paddingID = padding.id
      $0.maximumTokens = reading.maximumTokens ?? backbone.configuration.contextLength
    }
    var normalization = RewardNormalization()
    if reading.normalizesRewards {
      guard let statistics = configuration.statistics else {
        throw ModelError.unsupportedRewardModel(
          path: url.path, reason: "config.json has no mean and std to normalize rewards by")
      }
      normalization = statistics
    }
    let numbers = backbone.configuration
    try self.init(
      configuration: settings, reader: StateReader(settings, backbone: backbone, options: options),
      router: Router(untrained: settings, for: numbers, seed: 0),
      inner: settings.taxonomy.categories.map { category in
        try InnerMoE(
          category: category,
          base: Expert(adapter: LoRAAdapter(layerCount: numbers.layerCount), head: ValueHead(head.weight)),
          normalization: normalization)
      })
    imported = ImportRecord(
      path: url.standardizedFileURL.path, className: configuration.className, head: head.tensors, output: head.output,
      padding: padding.origin, statistics: configuration.statistics)
  }
}

/// The token whose run at the end of a text is passed over, and who says so.
private struct PaddingRule {
  let id: Int32?
  let origin: String

  /// - Throws: `TokenizerError.missingToken`.
  init(
    _ asked: ClassifierOptions.Padding, _ head: PublishedHead, _ configuration: ClassifierConfiguration,
    _ tokenizer: Tokenizer?
  ) throws {
    switch asked {
    case .configured:
      id = head.skipsPadding ? configuration.paddingID : nil
      origin =
        head.skipsPadding ? "pad_token_id of config.json: \(id.map { "\($0)" } ?? "none")" : "none: \(head.tensors[0])"
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
