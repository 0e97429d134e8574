import DMoECore

extension StoredTensor {
  /// The frozen weights of a linear layer: mapped where the file holds floats that stay floats, otherwise made once.
  ///
  /// - Parameter range: The rows that are the layer's; `nil` means all.
  func weightMatrix(_ compute: Compute, rows range: Range<Int>? = nil) -> any WeightMatrix {
    let range = range ?? 0..<rows
    if compute.keepsMappedWeights, let floats = mappedFloats {
      return DenseWeight(
        outputs: range.count, inputs: columns, mapped: floats + range.lowerBound * columns, owner: self)
    }
    return compute.frozenWeight(matrix(on: compute, rows: range))
  }
}
