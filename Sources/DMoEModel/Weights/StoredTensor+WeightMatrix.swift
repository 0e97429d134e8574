import DMoECore

extension StoredTensor {
  /// The frozen weights of a linear layer: mapped where the file holds floats that stay floats, otherwise made once.
  ///
  /// - Parameters:
  ///   - range: The rows that are the layer's; `nil` means all.
  ///   - place: Which output a row is, both counted from the layer's first; `nil` means that they are in order.
  func weightMatrix(
    _ compute: Compute, rows range: Range<Int>? = nil, place: ((_ row: Int) -> Int)? = nil
  ) -> any WeightMatrix {
    let range = range ?? 0..<rows
    if compute.precision == .stored {
      let order = place.map { Self.order(of: range.count, $0) }
      if let stored = StoredWeight(self, rows: range, order: order, activations: compute.activations) { return stored }
    }
    if place == nil, compute.keepsMappedWeights, let floats = mappedFloats {
      return DenseWeight(
        outputs: range.count, inputs: columns, mapped: floats + range.lowerBound * columns, owner: self)
    }
    return compute.frozenWeight(matrix(on: compute, rows: range, place: place))
  }

  /// The row that each output is.
  private static func order(of count: Int, _ place: (_ row: Int) -> Int) -> [Int] {
    var order = [Int](repeating: 0, count: count)
    for row in 0..<count { order[place(row)] = row }
    return order
  }
}
