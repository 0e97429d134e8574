import DMoECore
import Foundation

/// A GGUF file, turned into the names and settings of Hugging Face.
struct GGUFSource: ExportSource {
  private let file: GGUFFile
  private let backbone: Backbone

  /// - Throws: `ModelError.inexpressible` for a family or tokenizer that is not written.
  init(_ url: URL, _ backbone: Backbone) throws {
    file = try GGUFFile(contentsOf: url)
    self.backbone = backbone
    guard ["llama", "qwen2", "qwen3"].contains(backbone.configuration.architecture) else {
      throw ModelError.inexpressible(
        "from GGUF, \(backbone.configuration.architecture) is not written; over the Hugging Face folder of the same model it is"
      )
    }
    guard try file.stringIfPresent("tokenizer.ggml.model") == "gpt2" else {
      throw ModelError.inexpressible(
        "from GGUF, this kind of tokenizer is not written; over the Hugging Face folder of the same model it is")
    }
  }

  func configuration(depth: Int) throws -> [String: Any] {
    let numbers = backbone.configuration
    var fields: [String: Any] = [
      "model_type": numbers.architecture, "hidden_size": numbers.hiddenSize,
      "intermediate_size": numbers.feedForwardSize,
      "num_hidden_layers": depth, "num_attention_heads": numbers.heads, "num_key_value_heads": numbers.keyValueHeads,
      "head_dim": numbers.headSize, "vocab_size": numbers.vocabularySize,
      "max_position_embeddings": numbers.contextLength, "rms_norm_eps": Double("\(numbers.normEpsilon)") ?? 1e-6,
      "hidden_act": "silu", "attention_bias": numbers.architecture != "qwen2" && numbers.hasAttentionBias,
      "tie_word_embeddings": true, "use_sliding_window": false,
      "rope_theta": numbers.layers.first?.rotary?.theta ?? 10_000,
    ]
    switch numbers.layers.first?.rotary?.scaling ?? RotaryScaling.none {
    case .none: break
    case .linear(let factor): fields["rope_scaling"] = ["rope_type": "linear", "factor": factor]
    default:
      throw ModelError.inexpressible(
        "from GGUF, its rotary scaling cannot be told; over the Hugging Face folder of the same model it is written")
    }
    for (key, id) in [("bos_token_id", backbone.tokenizer?.bosID), ("eos_token_id", backbone.tokenizer?.eosID)] {
      fields[key] = id.map { Int($0) as Any } ?? NSNull()
    }
    return fields
  }

  func tensorNames(depth: Int) throws -> [String] {
    let numbers = backbone.configuration
    return ["embed_tokens.weight", "norm.weight"]
      + (0..<depth).flatMap { layer -> [String] in
        let norms =
          ["input_layernorm", "post_attention_layernorm"]
          + (numbers.hasQueryKeyNorm ? ["self_attn.q_norm", "self_attn.k_norm"] : [])
        let biases = Projection.allCases.filter { backbone.layers[layer][$0].bias != nil }
        return (norms + Projection.allCases.map(\.path)).map { "layers.\(layer).\($0).weight" }
          + biases.map { "layers.\(layer).\($0.path).bias" }
      }
  }

  func tensor(_ name: String) throws -> (values: Matrix, shape: [Int]) {
    func vector(_ values: Matrix) -> (values: Matrix, shape: [Int]) { (values, [values.count]) }
    func matrix(_ values: Matrix) -> (values: Matrix, shape: [Int]) { (values, [values.rows, values.columns]) }
    if name == "embed_tokens.weight" {
      return matrix(try backbone.embed((0..<backbone.configuration.vocabularySize).map { Int32($0) }))
    }
    if name == "norm.weight" { return vector(backbone.finalNorm.value) }
    let parts = name.split(separator: ".").map(String.init)
    guard parts.count > 3, let place = Int(parts[1]), backbone.layers.indices.contains(place) else {
      throw CoreError.missingTensor(name: name, path: file.path)
    }
    let layer = backbone.layers[place]
    switch parts[2...].joined(separator: ".") {
    case "input_layernorm.weight": return vector(layer.inputNorm.value)
    case "post_attention_layernorm.weight": return vector(layer.feedForwardNorm.value)
    case "self_attn.q_norm.weight": if let norm = layer.queryNorm { return vector(norm.value) }
    case "self_attn.k_norm.weight": if let norm = layer.keyNorm { return vector(norm.value) }
    default:
      if let projection = Projection(name: parts[3]) {
        if parts.last == "weight" { return matrix(layer[projection].dense()) }
        if let bias = layer[projection].bias { return vector(bias.value) }
      }
    }
    throw CoreError.missingTensor(name: name, path: file.path)
  }

  func writeTokenizer(to folder: URL, template: ConversationTemplate) throws {
    let (written, kinds) = try TokenizerJSON(file).parts()
    try AtomicFile<CoreError>.write(
      try ClassifierConfigurationFile.json(written), to: folder.appendingPathComponent("tokenizer.json"))
    var fields: [String: Any] = [
      "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false,
      "model_max_length": backbone.configuration.contextLength,
    ]
    for (key, id) in [("bos_token", kinds.bos), ("eos_token", kinds.eos), ("pad_token", kinds.pad)] {
      if let id { fields[key] = id }
    }
    let own = (try? ConversationTemplate.recognized(inGGUF: URL(fileURLWithPath: file.path))) == template
    if own { fields["chat_template"] = try file.string("tokenizer.chat_template") }
    try TokenizerConfigurationFile(fields: fields, template: own ? nil : template)
      .write(to: folder.appendingPathComponent("tokenizer_config.json"))
  }
}
