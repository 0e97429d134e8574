import DMoECore

/// A matrix in which some families keep several projections, one below the other.
enum FusedProjection: CaseIterable {
  case queryKeyValue, gateUp

  /// The projections in it, from the first row down.
  var parts: [Projection] { self == .queryKeyValue ? [.query, .key, .value] : [.gate, .up] }

  /// The name as PEFT's `target_modules` has it.
  var name: String { self == .queryKeyValue ? "qkv_proj" : "gate_up_proj" }

  /// The name within a layer of Hugging Face checkpoints.
  var path: String { (self == .queryKeyValue ? "self_attn." : "mlp.") + name }

  /// The name within a block of GGUF files; the second has a name that is another matrix's in other families.
  var ggufName: String { self == .queryKeyValue ? "attn_qkv" : "ffn_up" }

  /// The matrix that holds a projection, if such a family has one for it.
  init?(holding projection: Projection) {
    guard let match = Self.allCases.first(where: { $0.parts.contains(projection) }) else { return nil }
    self = match
  }
}

/// The outputs of the parts of every such matrix, from the first row down.
struct FusedOutputs: Sendable, Equatable {
  fileprivate var queryKeyValue: [Int]
  fileprivate var gateUp: [Int]

  subscript(fused: FusedProjection) -> [Int] { fused == .queryKeyValue ? queryKeyValue : gateUp }
}

extension BackboneConfiguration {
  /// The outputs of the parts; `nil` if every projection has a matrix of its own.
  var fusedOutputs: FusedOutputs? {
    guard storesFusedProjections else { return nil }
    func outputs(_ fused: FusedProjection) -> [Int] { fused.parts.map { shape(of: $0).outputs } }
    return FusedOutputs(queryKeyValue: outputs(.queryKeyValue), gateUp: outputs(.gateUp))
  }

  /// The matrix of the files that a projection is rows of; `nil` if it has one of its own.
  func fused(_ projection: Projection) -> FusedProjection? {
    storesFusedProjections ? FusedProjection(holding: projection) : nil
  }

  /// The rows of a projection in the matrix that holds it, and the shape of that one.
  func rows(of projection: Projection, in fused: FusedProjection) -> (rows: Range<Int>, shape: [Int]) {
    var (start, total) = (0, 0)
    for part in fused.parts {
      if part == projection { start = total }
      total += shape(of: part).outputs
    }
    return (start..<start + shape(of: projection).outputs, [total, shape(of: projection).inputs])
  }
}
