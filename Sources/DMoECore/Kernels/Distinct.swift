/// Values, each once, in the order in which they first appear, and which of them each given one is.
///
/// What is computed row by row is computed for these: kernels may treat rows by their place in a product (OpenBLAS's for
/// AVX2 and oneDNN's do), so that a text that is there twice need not get the same bits twice.
package struct Distinct<Value: Hashable & Sendable>: Sendable {
  /// No two are equal.
  package private(set) var values: [Value] = []
  /// For every given value its place in `values`.
  package private(set) var places: [Int] = []

  /// The distinct values of a sequence, in the order of their first places.
  package init(_ all: some Sequence<Value>) {
    var known: [Value: Int] = [:]
    for value in all {
      let place = known[value] ?? values.count
      if place == values.count {
        known[value] = place
        values.append(value)
      }
      places.append(place)
    }
  }

  /// What was found for every value, for the given ones in their order.
  package func spread<Result>(_ found: [Result]) -> [Result] {
    precondition(found.count == values.count, "Distinct.spread: \(found.count) results for \(values.count) values")
    return places.map { found[$0] }
  }
}
