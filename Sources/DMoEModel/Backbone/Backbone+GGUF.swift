import DMoECore
import Foundation

/// Reads a GGUF file, or all parts of a split one, with its tokenizer.
extension Backbone {
  init(gguf url: URL, compute: Compute, checks: StartChecks) throws {
    let parts = try GGUFCollection(contentsOf: url)
    let file = parts.first
    let reader = WeightReader(parts)
    let configuration = try BackboneConfiguration(gguf: file, reader)
    let embedding = try reader.tensor(
      "token_embd.weight", shape: [configuration.vocabularySize, configuration.hiddenSize])
    let layers = try (0..<configuration.layerCount).map { index in
      try BackboneLayer(gguf: reader.scope("blk.\(index)"), configuration, compute)
    }
    let norm = try reader.tensor("output_norm.weight", shape: [configuration.hiddenSize])
    // Read only where it is asked for, so that one in a format that is not implemented is no error.
    let unembedding = Result { () throws(CoreError) in
      reader.contains("output.weight") ? try reader.tensor("output.weight", shape: embedding.shape) : embedding
    }
    let heads = HeadTensors(parts)
    try reader.finish { $0 == "output.weight" || heads.contains($0) }
    parts.forgetPages()
    let facts = FileFacts.ofWeights(parts.files, parts.identities)
    self.init(
      configuration: configuration, fingerprint: try FileFingerprint.text(of: parts.files, facts, checks),
      name: url.lastPathComponent, unreadKeys: file.keys(unknownTo: .gguf(configuration.architecture)),
      tokenizer: try file.stringIfPresent("tokenizer.ggml.model") == nil ? nil : Tokenizer(gguf: file),
      embedding: EmbeddingTable(embedding), unembedding: unembedding, layers: layers,
      finalNorm: Parameter(norm.matrix()))
    self.heads = heads
    fileFacts = facts
  }
}

extension BackboneLayer {
  init(gguf reader: WeightReader, _ configuration: BackboneConfiguration, _ compute: Compute) throws {
    func vector(_ name: String, _ size: Int) throws -> Parameter {
      Parameter(try reader.tensor(name, shape: [size]).matrix())
    }
    let family = BackboneFamily(rawValue: configuration.architecture)
    func linear(_ projection: Projection) throws -> Linear {
      let (outputs, inputs) = configuration.shape(of: projection)
      if let fused = configuration.fused(projection) {
        let (rows, shape) = configuration.rows(of: projection, in: fused)
        let stored = try reader.tensor(fused.ggufName + ".weight", shape: shape)
        return Linear(frozen: stored.weightMatrix(compute, rows: rows))
      }
      let weight = try reader.tensor(projection.ggufName + ".weight", shape: [outputs, inputs])
      var bias = try reader.optional(projection.ggufName + ".bias", shape: [outputs])?.matrix()
      // The converter stores queries and keys of some families with the halves of every head interleaved.
      guard family?.interleavesHeads ?? false, projection == .query || projection == .key else {
        return Linear(frozen: weight.weightMatrix(compute), bias: bias)
      }
      bias = bias.map { Matrix(row: $0.elements.deinterleaved(headSize: configuration.headSize)) }
      let half = configuration.headSize / 2
      let matrix = weight.weightMatrix(compute) { row in
        let (head, place) = row.quotientAndRemainder(dividingBy: 2 * half)
        return head * 2 * half + place % 2 * half + place / 2
      }
      return Linear(frozen: matrix, bias: bias)
    }
    let hidden = configuration.hiddenSize
    let (norms, after) = (configuration.hasQueryKeyNorm, configuration.hasOutputNorms)
    self.init(
      inputNorm: try vector("attn_norm.weight", hidden), query: try linear(.query), key: try linear(.key),
      value: try linear(.value), output: try linear(.output),
      queryNorm: norms ? try vector("attn_q_norm.weight", configuration.headSize) : nil,
      keyNorm: norms ? try vector("attn_k_norm.weight", configuration.headSize) : nil,
      attentionOutputNorm: after ? try vector("post_attention_norm.weight", hidden) : nil,
      feedForwardNorm: try vector("ffn_norm.weight", hidden), gate: try linear(.gate), up: try linear(.up),
      down: try linear(.down), feedForwardOutputNorm: after ? try vector("post_ffw_norm.weight", hidden) : nil)
  }
}

extension [Float] {
  /// Elements 2i and 2i + 1 of every head to places i and i + headSize/2.
  func deinterleaved(headSize: Int) -> [Float] {
    var result = self
    for place in indices {
      let (head, offset) = place.quotientAndRemainder(dividingBy: headSize)
      result[head * headSize + offset % 2 * headSize / 2 + offset / 2] = self[place]
    }
    return result
  }
}
