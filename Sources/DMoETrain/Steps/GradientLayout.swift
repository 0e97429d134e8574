import DMoECore

/// How the gradients of a task's parameters lie in one vector, for ranks to add up: one after the other, in the task's order, and
/// behind them a number each that says whether there is one.
struct GradientLayout {
  private struct Place {
    let id: ParameterID
    let rows: Int
    let columns: Int
  }

  private let places: [Place]
  private let length: Int

  init(of task: some GradientTask) {
    var copy = task
    var places: [Place] = []
    copy.visitParameters { _, parameter in
      places.append(Place(id: parameter.id, rows: parameter.value.rows, columns: parameter.value.columns))
    }
    self.places = places
    length = places.reduce(places.count) { $0 + $1.rows * $1.columns }
  }

  /// A parameter without a gradient has zeros.
  func vector(_ gradients: [ParameterID: Matrix]) -> [Float] {
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
  func gradients(_ vector: [Float]) -> [ParameterID: Matrix] {
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
