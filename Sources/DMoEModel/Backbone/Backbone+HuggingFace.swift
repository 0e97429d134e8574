import DMoECore
import Foundation

/// Reads a Hugging Face folder: config.json, safetensors (one file or shards) and tokenizer.json.
///
/// Source of names: transformers' `modeling_llama.py`, `modeling_qwen2.py`, `modeling_qwen3.py`.
extension Backbone {
  init(huggingFaceFolder folder: URL, compute: Compute) throws {
    let file = try ConfigurationFile(contentsOf: folder.appendingPathComponent("config.json"))
    let (configuration, unreadKeys) = try BackboneConfiguration.read(huggingFace: file)
    let weights = try SafetensorsCollection(folder: folder)
    let reader = WeightReader(weights)
    // A bare model's tensors have no prefix; a causal LM's and a classifier's have one.
    let root = reader.contains("model.embed_tokens.weight") ? reader.scope("model") : reader
    let embedding = try root.tensor(
      "embed_tokens.weight", shape: [configuration.vocabularySize, configuration.hiddenSize])
    let layers = try (0..<configuration.layerCount).map { index in
      try BackboneLayer(root.scope("layers.\(index)"), configuration, compute)
    }
    let norm = try root.tensor("norm.weight", shape: [configuration.hiddenSize])
    // A head that is there is the head, whatever the configuration says of tying; so transformers reads it.
    let isTied = try !reader.contains("lm_head.weight") && file.bool("tie_word_embeddings") ?? false
    // Read only where it is asked for, so that one in a format that is not implemented is no error.
    let unembedding = Result { () throws(CoreError) in
      isTied ? embedding : try reader.tensor("lm_head.weight", shape: embedding.shape)
    }
    // A classifier's head is no part of a backbone.
    let heads = HeadTensors(weights, named: try file.string("value_head_prefix"))
    try reader.finish { $0 == "lm_head.weight" || heads.contains($0) || $0.hasSuffix("rotary_emb.inv_freq") }
    let tokenizerFile = folder.appendingPathComponent("tokenizer.json")
    self.init(
      configuration: configuration, fingerprint: try FileFingerprint(of: weights.files).text,
      name: folder.standardizedFileURL.lastPathComponent, unreadKeys: unreadKeys,
      tokenizer: FileManager.default.fileExists(atPath: tokenizerFile.path)
        ? try Tokenizer(tokenizerJSON: tokenizerFile) : nil,
      embedding: EmbeddingTable(embedding), unembedding: unembedding, layers: layers,
      finalNorm: Parameter(norm.matrix()))
    self.heads = heads
  }
}

extension BackboneLayer {
  init(_ reader: WeightReader, _ configuration: BackboneConfiguration, _ compute: Compute) throws {
    func vector(_ name: String, _ size: Int) throws -> Parameter {
      Parameter(try reader.tensor(name, shape: [size]).matrix())
    }
    func linear(_ projection: Projection) throws -> Linear {
      let (outputs, inputs) = configuration.shape(of: projection)
      let weight = try reader.tensor(projection.path + ".weight", shape: [outputs, inputs])
      let hasBias =
        switch projection {
        case .query, .key, .value: configuration.hasAttentionBias
        case .output: configuration.hasOutputBias
        case .gate, .up, .down: false
        }
      let bias = hasBias ? try reader.tensor(projection.path + ".bias", shape: [outputs]).matrix() : nil
      return Linear(frozen: weight.weightMatrix(compute), bias: bias)
    }
    let hidden = configuration.hiddenSize
    let norms = configuration.hasQueryKeyNorm
    self.init(
      inputNorm: try vector("input_layernorm.weight", hidden), query: try linear(.query), key: try linear(.key),
      value: try linear(.value), output: try linear(.output),
      queryNorm: norms ? try vector("self_attn.q_norm.weight", configuration.headSize) : nil,
      keyNorm: norms ? try vector("self_attn.k_norm.weight", configuration.headSize) : nil,
      feedForwardNorm: try vector("post_attention_layernorm.weight", hidden), gate: try linear(.gate),
      up: try linear(.up), down: try linear(.down))
  }
}
