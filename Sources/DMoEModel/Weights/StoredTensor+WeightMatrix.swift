import DMoECore

extension StoredTensor {
  /// The frozen weights of a linear layer: mapped where the file holds floats, otherwise turned into floats once.
  func weightMatrix(_ compute: Compute) -> any WeightMatrix {
    if let floats = mappedFloats {
      return DenseWeight(outputs: rows, inputs: columns, mapped: floats, owner: self)
    }
    return DenseWeight(matrix(on: compute))
  }
}
