package import DMoECore

/// How the gradients of a tree's parameters lie in one vector, for ranks to add up: one after the other, in the tree's order, and
/// behind them a number each that says whether there is one.
package struct GradientLayout {
  private struct Place {
    let id: ParameterID
    let rows: Int
    let columns: Int
  }

  private let places: [Place]
  private let length: Int

  /// The layout of what a visit shows.
  package init(_ visit: ((String, inout Parameter) -> Void) -> Void) {
    var places: [Place] = []
    visit { _, parameter in
      places.append(Place(id: parameter.id, rows: parameter.value.rows, columns: parameter.value.columns))
    }
    self.places = places
    length = places.reduce(places.count) { $0 + $1.rows * $1.columns }
  }

  /// The gradients as one vector; a parameter without one has zeros.
  package func vector(_ gradients: [ParameterID: Matrix]) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(length)
    for place in places {
      if let gradient = gradients[place.id] {
        gradient.withElements { result.append(contentsOf: $0) }
      } else {
        result.append(contentsOf: repeatElement(0, count: place.rows * place.columns))
      }
    }
    for place in places { result.append(gradients[place.id] == nil ? 0 : 1) }
    return result
  }

  /// The gradients of the parameters of which some vector had one.
  package func gradients(_ vector: [Float]) -> [ParameterID: Matrix] {
    var result: [ParameterID: Matrix] = [:]
    var start = 0
    for (place, isThere) in zip(places, vector.suffix(places.count)) {
      let end = start + place.rows * place.columns
      if isThere > 0 { result[place.id] = Matrix(place.rows, place.columns, vector[start..<end]) }
      start = end
    }
    return result
  }
}
