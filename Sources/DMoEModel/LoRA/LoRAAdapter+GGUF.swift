import DMoECore
package import Foundation

/// Reads and writes adapters as llama.cpp has them: a GGUF file with two tensors for every adapted matrix of a model's file.
///
/// Source: llama.cpp's `convert_lora_to_gguf.py` and `src/llama-adapter.cpp` of October 2026.
extension LoRAAdapter {
  /// Reads a GGUF file of an adapter.
  ///
  /// - Throws: `ModelError.unsupportedAdapter`, `.adapterMismatch`; `CoreError` for missing, misshapen or left-over tensors and
  ///   broken files.
  init(gguf url: URL, for backbone: BackboneConfiguration) throws {
    let file = try GGUFFile(contentsOf: url)
    func unsupported(_ reason: String) -> ModelError { .unsupportedAdapter(path: url.path, reason: reason) }
    let kinds = [try file.stringIfPresent("general.type"), try file.stringIfPresent("adapter.type")]
    guard kinds == ["adapter", "lora"] else { throw unsupported("it is no LoRA adapter, but another GGUF file") }
    let (found, own) = (try file.string("general.architecture"), backbone.ggufArchitecture)
    guard found == own else {
      throw ModelError.adapterMismatch(path: url.path, reason: "it is for \(found), and the backbone is \(own)")
    }
    let alpha = try file.float("adapter.lora.alpha")
    guard alpha.isFinite else { throw unsupported("adapter.lora.alpha is \(alpha)") }
    let reader = WeightReader(file)
    var adapter = LoRAAdapter(layerCount: backbone.layerCount, fusedOutputs: backbone.fusedOutputs)
    /// The module of a matrix, if it is adapted; B has as many rows as the matrix.
    func module(_ name: String, outputs: Int, inputs: Int) throws -> LoRAModule? {
      guard reader.contains(name + ".lora_a") || reader.contains(name + ".lora_b") else { return nil }
      let rank = try file.tensor(named: name + ".lora_a").shape.first ?? 0
      guard rank > 0 else { throw unsupported("\(name) has no rank") }
      let a = try reader.matrix(name + ".lora_a", shape: [rank, inputs])
      let b = try reader.matrix(name + ".lora_b", shape: [outputs, rank])
      // No alpha is a factor of 1.
      return LoRAModule(a: a, b: b, scaling: alpha == 0 ? 1 : alpha / Float(rank))
    }
    for layer in 0..<backbone.layerCount {
      for projection in Projection.allCases where backbone.fused(projection) == nil {
        let (outputs, inputs) = backbone.shape(of: projection)
        var own = try module("blk.\(layer).\(projection.ggufName).weight", outputs: outputs, inputs: inputs)
        if let b = own?.b.value { own?.b.value = backbone.interleaving(b, projection, back: true) }
        adapter[layer, projection] = own
      }
      for fused in FusedProjection.allCases {
        guard let outputs = backbone.fusedOutputs?[fused] else { continue }
        let whole = try module(
          "blk.\(layer).\(fused.ggufName).weight", outputs: outputs.reduce(0, +), inputs: backbone.hiddenSize)
        guard let whole else { continue }
        for (part, own) in zip(fused.parts, whole.split(outputs)) { adapter[layer, part] = own }
      }
    }
    try reader.finish()
    guard adapter.firstLayer < backbone.layerCount else {
      throw ModelError.adapterMismatch(path: url.path, reason: "it adapts no layer of the backbone")
    }
    self = adapter
  }

  /// Writes a GGUF file that llama.cpp puts on a model of the same weights (`--lora`).
  ///
  /// - Parameters:
  ///   - url: The file; one that is there is replaced.
  ///   - backbone: What it adapts.
  ///   - name: What the file calls it.
  /// - Throws: `ModelError.unsupportedAdapter` if it adapts no layer; `CoreError.unwritableFile`.
  package func write(gguf url: URL, for backbone: BackboneConfiguration, name: String) throws {
    let all = try storedModules(url)
    guard !all.isEmpty else { throw ModelError.unsupportedAdapter(path: url.path, reason: "it adapts no layer") }
    // The file has one alpha for all, for which 0 stands for none; what a module is multiplied by beside it goes into its B.
    let alpha = all.lazy.map { $0.module.scaling * Float($0.module.a.value.rows) }.first { $0 != 0 } ?? 1
    var tensors: [GGUFWriter.Tensor] = []
    for (layer, path, module) in all {
      let name = "blk.\(layer).\(Self.ggufName(ofPath: path)).weight"
      let factor = module.scaling * Float(module.a.value.rows) / alpha
      var b = module.b.value
      if factor != 1 { b.withMutableElements { for i in $0.indices { $0[i] *= factor } } }
      if let projection = Projection.allCases.first(where: { $0.path == path }) {
        b = backbone.interleaving(b, projection, back: false)
      }
      for (suffix, values) in [(".lora_a", module.a.value), (".lora_b", b)] {
        tensors.append(
          GGUFWriter.Tensor(name: name + suffix, shape: [values.rows, values.columns], format: .f32) {
            take throws(CoreError) in try take(values)
          })
      }
    }
    try GGUFWriter.write(
      metadata: [
        ("general.architecture", .string(backbone.ggufArchitecture)), ("general.type", .string("adapter")),
        ("adapter.type", .string("lora")), ("general.name", .string(name)), ("adapter.lora.alpha", .float32(alpha)),
      ], tensors: tensors, to: url)
  }

  private static func ggufName(ofPath path: String) -> String {
    FusedProjection.allCases.first { $0.path == path }?.ggufName
      ?? Projection.allCases.first { $0.path == path }?.ggufName ?? path
  }
}

extension BackboneConfiguration {
  /// llama.cpp's name of the family: Mistral is a Llama there.
  var ggufArchitecture: String {
    architecture == BackboneFamily.mistral.rawValue ? BackboneFamily.llama.rawValue : architecture
  }

  /// The rows of a matrix of queries or keys in the order of GGUF files, where that is another one, or, `back`, in ours.
  func interleaving(_ rows: Matrix, _ projection: Projection, back: Bool) -> Matrix {
    guard projection == .query || projection == .key,
      BackboneFamily(rawValue: ggufArchitecture)?.interleavesHeads ?? false
    else { return rows }
    var result = Matrix(uninitialized: rows.rows, rows.columns)
    let columns = rows.columns
    result.withMutableElements { to in
      rows.withElements { from in
        for row in 0..<rows.rows {
          let place = BackboneFamily.row(ofInterleaved: row, headSize: headSize)
          let (source, target) = back ? (row, place) : (place, row)
          for column in 0..<columns { to[target * columns + column] = from[source * columns + column] }
        }
      }
    }
    return result
  }
}
