import CDMoEKernels

/// A gated feed-forward layer by stored weights whose rows are bytes or bf16: y = (activation(x Wgᵀ) · x Wuᵀ) Wdᵀ.
///
/// What lies between the products goes from the first to the second in the numbers that the second multiplies, a part at a time
/// within a cache: as floats it is the largest matrix of a block, and reading and writing it takes as long as a
/// product. Every number is the same, to the bit, as by one step after the other.
struct StoredFeedForward {
  private let gate: StoredWeight
  private let up: StoredWeight
  private let down: StoredWeight

  /// - Returns: nil for weights that do not all go by one road, for roads that multiply floats, and where plain Swift computes
  ///   the activation: its exponential has other last bits than that of the C kernels.
  init?(gate: any WeightMatrix, up: any WeightMatrix, down: any WeightMatrix, _ compute: Compute) {
    guard compute.backend == .openBLAS, let gate = gate as? StoredWeight, let up = up as? StoredWeight,
      let down = down as? StoredWeight, gate.road != .float32, up.road == gate.road, down.road == gate.road,
      gate.road == .bfloat16 || gate.format == up.format
    else { return nil }
    precondition(
      up.inputs == gate.inputs && up.outputs == gate.outputs && down.inputs == gate.outputs,
      "feed-forward: \(gate.outputs) gates, \(up.outputs) ups, \(down.inputs) inputs")
    self.gate = gate
    self.up = up
    self.down = down
  }

  /// Shapes: x [rows, inputs] -> [rows, outputs of `down`].
  func callAsFunction(_ x: Matrix, _ activation: Activation, _ compute: Compute) -> Matrix {
    var y = Matrix(uninitialized: x.rows, down.outputs)
    guard x.rows > 0 else { return y }
    StoredProduct(of: gated(x, activation, compute), by: down, into: y.mutablePointer).run(compute)
    return y
  }

  private func gated(_ x: Matrix, _ activation: Activation, _ compute: Compute) -> KernelRows {
    let source = gate.road == .bytes ? KernelRows(quantizing: x, compute) : KernelRows(narrowing: x, compute)
    var result = KernelRows(uninitialized: gate.road, rows: x.rows, columns: gate.outputs)
    let (to, rowBytes, outputs) = (result.mutablePointer, result.rowBytes, gate.outputs)
    let tile = Int(DMOE_STORED_TILE)
    let parts = StoredParts(
      rows: x.rows, units: [(outputs + tile - 1) / tile], unitWeights: 2 * tile * x.columns, rowBytes: source.rowBytes,
      threads: compute.threads)
    let gating = activation.gating
    compute.forEach(parts.count) { index in
      let part = parts[index]
      let start = part.units.lowerBound * tile
      let count = Int64(min(part.units.upperBound * tile, outputs) - start)
      let (from, rows) = (source.pointer(toRow: part.rows.lowerBound), Int64(part.rows.count))
      let into = to + part.rows.lowerBound * rowBytes
      gate.withKernelMatrices(up) { gate, up in
        withScratch(dmoe_stored_gated_scratch_bytes(gate, up), of: UInt8.self) { scratch in
          if source.road == .bytes {
            dmoe_stored_gated_int8(gate, up, gating, Int64(start), count, from, rows, into, scratch)
          } else {
            dmoe_stored_gated_bf16(
              gate, up, gating, Int64(start), count, from.assumingMemoryBound(to: UInt16.self), Int64(x.columns), rows,
              into.assumingMemoryBound(to: UInt16.self), Int64(outputs), scratch)
          }
        }
      }
    }
    withExtendedLifetime(source) {}
    return result
  }
}

extension Activation {
  /// The kernel of the gate and what it is multiplied by.
  fileprivate var gating: dmoe_gating {
    switch self {
    case .silu: dmoe_swiglu
    case .gelu: dmoe_geglu
    case .geluTanh: dmoe_geglu_tanh
    }
  }
}
