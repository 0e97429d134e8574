package import DMoECore
package import Testing

/// The largest difference between two lists, divided by the largest magnitude in the second.
package func relativeDifference(_ found: [Double], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  let scale = expected.reduce(0) { max($0, abs($1)) }
  let worst = zip(found, expected).reduce(0.0) { $1.0.isFinite ? max($0, abs($1.0 - $1.1)) : .infinity }
  return worst == 0 ? 0 : worst / max(scale, .leastNormalMagnitude)
}

/// Records an issue unless every number is within `tolerance` of the expected, in units of the largest expected (or of
/// `relativeTo`).
package func expectClose(
  _ found: [Double], _ expected: [Double], _ tolerance: Double, relativeTo scale: Double? = nil, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.count == expected.count else {
    Issue.record("\(what): \(found.count) numbers, expected \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  var difference = relativeDifference(found, expected)
  if let scale { difference *= expected.reduce(0) { max($0, abs($1)) } / scale }
  if !(difference <= tolerance) {
    Issue.record("\(what): differs by \(difference), allowed \(tolerance)", sourceLocation: sourceLocation)
  }
}

package func expectClose(
  _ found: [Float], _ expected: [Float], _ tolerance: Double, relativeTo scale: Double? = nil, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(
    found.map(Double.init), expected.map(Double.init), tolerance, relativeTo: scale, what,
    sourceLocation: sourceLocation)
}

package func expectClose(
  _ found: Matrix, _ expected: Matrix, _ tolerance: Double, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.rows == expected.rows, found.columns == expected.columns else {
    Issue.record(
      "\(what): [\(found.rows), \(found.columns)], expected [\(expected.rows), \(expected.columns)]",
      sourceLocation: sourceLocation)
    return
  }
  expectClose(found.elements, expected.elements, tolerance, what, sourceLocation: sourceLocation)
}

/// Every backend of this build, on one thread and on two.
package let everyCompute: [Compute] = [ComputeBackend.reference, .openBLAS].flatMap { backend in
  [1, 2].compactMap { try? Compute(ComputeOptions(backend: backend, threads: $0)) }
}

/// Every backend of this build once: the reference on one thread, OpenBLAS on two.
package let everyBackend: [Compute] = everyCompute.filter { ($0.threads == 1) == ($0.backend == .reference) }

/// The fastest of this build, where the backends are compared elsewhere.
package let fastCompute: Compute = everyCompute.last ?? .reference

/// Reproducible numbers in [-1, 1).
package func randomMatrix(_ rows: Int, _ columns: Int, seed: UInt64, scale: Float = 1) -> Matrix {
  var source = RandomSource(seed: seed)
  return source.uniform(rows, columns, bound: scale)
}
