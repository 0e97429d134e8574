package import DMoECore
import Foundation

/// A reader of text: it turns conversations and responses into token ids, and these into the hidden states that heads
/// make rewards of.
///
/// It holds all that decides a state (backbone, tokenizer, template, pooling, depth, limits, who computes) and nothing
/// of rewards, so that whatever reads states, in scoring or in training, is handed a reader and not a model. A value over
/// shared, frozen weights: copies cost nothing, and any number of threads may use one.
package struct StateReader: Sendable {
  /// The language model that is read.
  package var backbone: Backbone
  /// The tokenizer of the backbone.
  package let tokenizer: Tokenizer
  /// The template that turns a conversation into tokens.
  package let template: ConversationTemplate
  /// The state that is made of those of a text's tokens.
  package let pooling: StatePooling
  /// The depths below `depth` whose states are read, too; from the lowest up.
  package let lowerDepths: [Int]
  /// The token whose run at the end of a text is passed over, if there is one.
  package let paddingID: Int32?
  /// The number of the backbone's layers that are run.
  package let depth: Int
  /// The longest text in tokens, template included.
  package let maximumTokens: Int
  /// The treatment of a conversation that is too long.
  package let lengthPolicy: RewardModel.LengthPolicy
  /// The backend and threads that reading runs on.
  package var compute: Compute

  /// A reader as a model's settings say.
  ///
  /// - Throws: `ModelError.unreadableBackbone` for a backbone without a tokenizer; `TokenizerError` if the template does
  ///   not fit it; `CoreError.backendUnavailable`.
  package init(_ configuration: RewardModel.Configuration, backbone: Backbone, options: ComputeOptions) throws {
    guard let tokenizer = backbone.tokenizer else {
      throw ModelError.unreadableBackbone(
        path: backbone.location?.path ?? backbone.name, reason: Self.missingTokenizer(backbone))
    }
    try configuration.template.check(tokenizer)
    self.backbone = backbone
    self.tokenizer = tokenizer
    template = configuration.template
    pooling = configuration.pooling
    lowerDepths = configuration.lowerDepths ?? []
    paddingID = configuration.paddingID
    depth = configuration.depth ?? backbone.configuration.layerCount
    maximumTokens = configuration.maximumTokens
    lengthPolicy = configuration.lengthPolicy
    compute = try Compute(options)
  }

  /// What to do about a backbone without a tokenizer.
  private static func missingTokenizer(_ backbone: Backbone) -> String {
    guard let place = backbone.location else { return "it has no tokenizer" }
    guard place.isFolder else {
      return "it has no tokenizer (tokenizer.ggml.model in its metadata); convert the model anew, with its vocabulary"
    }
    let others = ["tokenizer.model", "vocab.json", "merges.txt", "tiktoken.model"]
      .filter { FileManager.default.fileExists(atPath: place.appendingPathComponent($0).path) }
    return "it has no tokenizer.json, which is read with the tokenizer_config.json beside it"
      + (others.isEmpty ? "" : " (\(others.joined(separator: ", ")) is not)")
      + "; copy both from where the model is published, or have transformers write them: "
      + "AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
  }

  /// Whether it reads as these settings say.
  func reads(as configuration: RewardModel.Configuration) -> Bool {
    template == configuration.template && pooling == configuration.pooling
      && lowerDepths == configuration.lowerDepths ?? [] && paddingID == configuration.paddingID
      && depth == configuration.depth ?? backbone.configuration.layerCount
      && maximumTokens == configuration.maximumTokens && lengthPolicy == configuration.lengthPolicy
  }

  /// The number of channels that heads read of a text.
  package var stateSize: Int { (lowerDepths.count + 1) * pooling.width(backbone.configuration.hiddenSize) }

  /// What the backbone's weights are kept as: decided when it was read, whatever this reader's own options say. The
  /// coarsest, if layers differ.
  package var precision: WeightPrecision {
    let kinds = backbone.layers.prefix(depth).flatMap { layer in
      Projection.allCases.compactMap { projection -> WeightPrecision? in
        if case .frozen(let weight) = layer[projection].weight { weight.precision } else { nil }
      }
    }
    return kinds.max { $0.goldenTolerance < $1.goldenTolerance } ?? compute.precision
  }

  /// Splits neighbors into runs of at most `limit` rows and `count` items, each of at least one item.
  package static func chunks(_ sizes: [Int], limit: Int = 4096, count: Int? = nil) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    var sum = 0
    for (index, size) in sizes.enumerated() {
      if index > start, sum + size > limit || index - start == count {
        result.append(start..<index)
        start = index
        sum = 0
      }
      sum += size
    }
    if start < sizes.count { result.append(start..<sizes.count) }
    return result
  }
}
