import DMoECore
import Foundation

/// Reads a Hugging Face folder: config.json, safetensors (one file or shards) and tokenizer.json.
///
/// Source of names: transformers' `modeling_*.py` of the families.
extension Backbone {
  init(huggingFaceFolder folder: URL, compute: Compute, checks: StartChecks) throws {
    let whole = try ConfigurationFile(contentsOf: folder.appendingPathComponent("config.json"))
    let (file, unreadAround) = try whole.textConfiguration()
    let (configuration, unreadKeys) = try BackboneConfiguration.read(huggingFace: file)
    let weights = try SafetensorsCollection(folder: folder)
    let reader = WeightReader(weights)
    let root = reader.backboneScope(holding: "embed_tokens.weight")
    let embedding = try root.tensor(
      "embed_tokens.weight", shape: [configuration.vocabularySize, configuration.hiddenSize])
    let layers = try (0..<configuration.layerCount).map { index in
      try BackboneLayer(root.scope("layers.\(index)"), configuration, compute)
    }
    let norm = try root.norm("norm.weight", size: configuration.hiddenSize, configuration)
    // A head that is there is the head, whatever the configuration says of tying; so transformers reads it.
    let head = ["lm_head.weight", "language_model.lm_head.weight"].first { reader.contains($0) }
    let family = BackboneFamily(rawValue: configuration.architecture)
    let isTied =
      try head == nil
      && file.bool("tie_word_embeddings") ?? whole.bool("tie_word_embeddings") ?? family?.tiesHead ?? false
    // Read only where it is asked for, so that one in a format that is not implemented is no error.
    let unembedding = Result { () throws(CoreError) in
      isTied ? embedding : try reader.tensor(head ?? "lm_head.weight", shape: embedding.shape)
    }
    let seesPictures = try whole.string("model_type") == "gemma3"
    let heads = HeadTensors(weights, named: try file.string("value_head_prefix"))
    try reader.finish { name in
      // A classifier's head is no part of a backbone, nor is what turns pictures into tokens.
      name == head || heads.contains(name) || name.hasSuffix("rotary_emb.inv_freq")
        || seesPictures && ["vision_tower.", "multi_modal_projector."].contains { name.contains($0) }
    }
    let facts = FileFacts.ofWeights(weights.files, weights.identities)
    let tokenizerFile = folder.appendingPathComponent("tokenizer.json")
    self.init(
      configuration: configuration, fingerprint: try FileFingerprint.text(of: weights.files, facts, checks),
      name: folder.standardizedFileURL.lastPathComponent, unreadKeys: unreadAround + unreadKeys,
      tokenizer: FileManager.default.fileExists(atPath: tokenizerFile.path)
        ? try Tokenizer(tokenizerJSON: tokenizerFile) : nil,
      embedding: EmbeddingTable(embedding), unembedding: unembedding, layers: layers, finalNorm: norm)
    self.heads = heads
    fileFacts = facts
  }
}

extension ConfigurationFile {
  /// The configuration of the part that reads text: the whole, or of a Gemma 3 that sees pictures its `text_config`.
  ///
  /// - Returns: it, and the keys around it that are not known here.
  func textConfiguration() throws -> (file: ConfigurationFile, unreadKeys: [String]) {
    guard try string("model_type") == "gemma3" else { return (self, []) }
    let unread = try check(.pictures)
    guard let text = try object("text_config") else { throw invalid("text_config", "is missing") }
    return (text, unread)
  }
}

extension WeightReader {
  /// The reader below what stands before the names of a backbone's tensors: nothing in a bare model's files, `model` in a
  /// causal language model's and a classifier's, and more in those of models that see pictures.
  func backboneScope(holding name: String) -> WeightReader {
    let scopes = ["model", "model.language_model", "language_model.model", "language_model"]
    return scopes.lazy.map { self.scope($0) }.first { $0.contains(name) } ?? self
  }

  /// The weights of a norm.
  fileprivate func norm(_ name: String, size: Int, _ configuration: BackboneConfiguration) throws -> Parameter {
    var weights = try tensor(name, shape: [size]).matrix()
    if configuration.storesNormsLessOne { weights.withMutableElements { for i in $0.indices { $0[i] += 1 } } }
    return Parameter(weights)
  }
}

extension BackboneLayer {
  init(_ reader: WeightReader, _ configuration: BackboneConfiguration, _ compute: Compute) throws {
    func norm(_ name: String, _ size: Int) throws -> Parameter {
      try reader.norm(name + ".weight", size: size, configuration)
    }
    func linear(_ projection: Projection) throws -> Linear {
      let (outputs, inputs) = configuration.shape(of: projection)
      if let fused = configuration.fused(projection) {
        let (rows, shape) = configuration.rows(of: projection, in: fused)
        return Linear(frozen: try reader.tensor(fused.path + ".weight", shape: shape).weightMatrix(compute, rows: rows))
      }
      let weight = try reader.tensor(projection.path + ".weight", shape: [outputs, inputs])
      let bias =
        configuration.hasBias(projection)
        ? try reader.tensor(projection.path + ".bias", shape: [outputs]).matrix() : nil
      return Linear(frozen: weight.weightMatrix(compute), bias: bias)
    }
    let (hidden, head) = (configuration.hiddenSize, configuration.headSize)
    let (byHead, after) = (configuration.hasQueryKeyNorm, configuration.hasOutputNorms)
    self.init(
      inputNorm: try norm("input_layernorm", hidden), query: try linear(.query), key: try linear(.key),
      value: try linear(.value), output: try linear(.output),
      queryNorm: byHead ? try norm("self_attn.q_norm", head) : nil,
      keyNorm: byHead ? try norm("self_attn.k_norm", head) : nil,
      attentionOutputNorm: after ? try norm("post_attention_layernorm", hidden) : nil,
      feedForwardNorm: try norm(after ? "pre_feedforward_layernorm" : "post_attention_layernorm", hidden),
      gate: try linear(.gate), up: try linear(.up), down: try linear(.down),
      feedForwardOutputNorm: after ? try norm("post_feedforward_layernorm", hidden) : nil)
  }
}
