import CDMoEKernels

extension StoredWeight {
  /// Weights rounded to bf16 and kept so in memory, multiplied by rows rounded to bf16 with float sums. Shape: [outputs, inputs].
  ///
  /// - Returns: nil where the CPU does not multiply bf16, and for a number of inputs that is no multiple of 32.
  init?(bfloat16 weights: Matrix) {
    guard dmoe_stored_has_bf16(), weights.columns.isMultiple(of: 32) else { return nil }
    let bits = HeldBytes(weights.narrowed)
    let tensor = try? StoredTensor(
      name: "weights", shape: [weights.rows, weights.columns], format: .bf16, file: bits, offset: 0)
    guard let tensor else { return nil }
    self.init(tensor, activations: .bfloat16, precision: .bfloat16)
  }
}
