import DMoECore

extension StoredTensor {
  /// The frozen weights of a linear layer: mapped where the file holds floats that stay floats, otherwise made once.
  func weightMatrix(_ compute: Compute) -> any WeightMatrix {
    if compute.keepsMappedWeights, let floats = mappedFloats {
      return DenseWeight(outputs: rows, inputs: columns, mapped: floats, owner: self)
    }
    return compute.frozenWeight(matrix(on: compute))
  }
}
