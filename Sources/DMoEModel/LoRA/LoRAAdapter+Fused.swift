import DMoECore
import Foundation

/// Adapters beside one matrix that holds several projections: apart here, together in their files.
extension LoRAAdapter {
  /// What the modules of a layer are called in its files, in order.
  var storedPaths: [String] {
    var paths: [String] = []
    for projection in Projection.allCases {
      let path = fusedOutputs == nil ? projection.path : FusedProjection(holding: projection)?.path ?? projection.path
      if paths.last != path { paths.append(path) }
    }
    return paths
  }

  /// The modules as its files hold them, from the lowest layer up.
  ///
  /// - Parameter folder: Where they are to be written, for errors.
  /// - Throws: `ModelError.unsupportedAdapter` if the parts of one matrix drop out different shares of their inputs.
  func storedModules(_ folder: URL) throws -> [(layer: Int, path: String, module: LoRAModule)] {
    var result: [(layer: Int, path: String, module: LoRAModule)] = []
    for layer in 0..<layerCount {
      for projection in Projection.allCases {
        guard let fused = FusedProjection(holding: projection), let outputs = fusedOutputs?[fused] else {
          if let module = self[layer, projection] { result.append((layer, projection.path, module)) }
          continue
        }
        guard projection == fused.parts.first else { continue }
        let parts = fused.parts.map { self[layer, $0] }
        guard let dropout = parts.compactMap({ $0?.dropout }).first else { continue }
        guard parts.allSatisfy({ $0 == nil || $0?.dropout == dropout }) else {
          throw ModelError.unsupportedAdapter(
            path: folder.path, reason: "the parts of \(fused.name) have different dropout, and are one module in it")
        }
        if let module = LoRAModule(joining: parts, outputs: outputs) { result.append((layer, fused.path, module)) }
      }
    }
    return result
  }
}

extension LoRAModule {
  /// The modules of matrices that lie one below the other, from the module of the whole.
  ///
  /// All parts see the same first factor; a part keeps the rows of it that its own rows of B read. So a module that was
  /// joined from parts comes apart as it was.
  func split(_ outputs: [Int]) -> [LoRAModule?] {
    var start = 0
    let slices = outputs.map { count in
      defer { start += count }
      return b.value.rows(start..<start + count)
    }
    func reads(_ slice: Matrix, _ index: Int) -> Bool { (0..<slice.rows).contains { slice[$0, index] != 0 } }
    let ranks = 0..<a.value.rows
    let isRead = ranks.map { index in slices.contains { reads($0, index) } }
    return slices.map { slice in
      // What no part reads is yet to be trained, by all.
      let kept = ranks.filter { !isRead[$0] || reads(slice, $0) }
      guard !kept.isEmpty else { return nil }
      let own = Matrix(slice.rows, kept.count, (0..<slice.rows).flatMap { row in kept.map { slice[row, $0] } })
      let first = Matrix(kept.count, a.value.columns, kept.flatMap { a.value.row($0) })
      return LoRAModule(a: first, b: own, scaling: scaling, dropout: dropout)
    }
  }

  /// The module of a matrix from those of its parts, which lie one below the other; `nil` for a part that is not adapted.
  ///
  /// Parts with the same first factor share it; otherwise the ranks add up. Where scalings differ they go into B. A part
  /// that is not adapted takes its rows all the same: they are zero.
  init?(joining parts: [LoRAModule?], outputs: [Int]) {
    let given = parts.compactMap { $0 }
    guard let first = given.first else { return nil }
    let isShared = given.count == parts.count && given.allSatisfy { $0.a.value == first.a.value }
    let sameScaling = given.allSatisfy { $0.scaling == first.scaling }
    let rank = isShared ? first.a.value.rows : given.reduce(0) { $0 + $1.a.value.rows }
    var b = Matrix(zeros: outputs.reduce(0, +), rank)
    var (row, column) = (0, 0)
    for (part, count) in zip(parts, outputs) {
      if let part {
        let own = sameScaling ? part.b.value : part.scaledB
        for r in 0..<count { for c in 0..<own.columns { b[row + r, column + c] = own[r, c] } }
        if !isShared { column += own.columns }
      }
      row += count
    }
    let a = isShared ? first.a.value : given.dropFirst().reduce(first.a.value) { $0.stacked(over: $1.a.value) }
    self.init(a: a, b: b, scaling: sameScaling ? first.scaling : 1, dropout: first.dropout)
  }
}
