import DMoECore
import Foundation

/// config.json of a classifier with one output.
struct ClassifierConfigurationFile {
  /// The backbone's members.
  let fields: [String: Any]
  let padding: Int32?

  /// transformers' classes by `model_type`.
  private static let classes = [
    "gemma": "Gemma", "gemma2": "Gemma2", "gemma3_text": "Gemma3Text", "llama": "Llama", "mistral": "Mistral",
    "phi3": "Phi3", "qwen2": "Qwen2", "qwen3": "Qwen3", "smollm3": "SmolLM3",
  ]

  /// Keys that speak of another head or of code and weights that are not these.
  private static let dropped = [
    "auto_map", "gating_hidden_dim", "gating_n_hidden", "gating_temperature", "mean", "normalize_reward",
    "num_objectives", "quantization_config", "std", "torch_dtype", "value_head_prefix", "vhead_layer_type",
    "vhead_num_neurons",
  ]

  /// - Throws: `ModelError.inexpressible` for a family that has no class of classifiers; `CoreError.unwritableFile`.
  func write(to url: URL) throws {
    let type = fields["model_type"] as? String ?? ""
    guard let name = Self.classes[type] else {
      throw ModelError.inexpressible("transformers has no class of classifiers that is known here for \(type)")
    }
    var result = fields
    for key in Self.dropped { result[key] = nil }
    result["architectures"] = ["\(name)ForSequenceClassification"]
    result["dtype"] = "float32"
    result["id2label"] = ["0": "LABEL_0"]
    result["label2id"] = ["LABEL_0": 0]
    result["num_labels"] = 1
    result["problem_type"] = "regression"
    result["pad_token_id"] = padding.map { Int($0) as Any } ?? NSNull()
    try AtomicFile<CoreError>.write(try Self.json(result), to: url)
  }

  static func json(_ fields: [String: Any]) throws -> Data {
    try JSONSerialization.data(withJSONObject: fields, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
      + Data("\n".utf8)
  }
}

/// tokenizer_config.json with the template that the model was trained with.
struct TokenizerConfigurationFile {
  let fields: [String: Any]
  /// `nil` leaves the one that is there.
  let template: ConversationTemplate?

  func write(to url: URL) throws {
    var result = fields
    if let template {
      result["chat_template"] = try template.jinja()
    } else if let own = result["chat_template"] {
      result["chat_template"] = FrozenDate.template(own)
    }
    try AtomicFile<CoreError>.write(try ClassifierConfigurationFile.json(result), to: url)
  }
}
