import DMoECore
import DMoEFoundation

/// k-means over directions: every row of length 1, near another where the angle between them is small (Dhillon and Modha,
/// Machine Learning 42, 2001).
///
/// Centers begin at rows that are drawn by how far they lie from those before (k-means++; Arthur and Vassilvitskii, 2007).
struct SphericalKMeans {
  private static let roundLimit = 100

  /// The center of every row, by its place.
  private(set) var assignments: [Int]
  /// The cosine between every row and every center. Shape: [rows, centers].
  private(set) var cosines: Matrix
  /// The mean cosine between a row and its center.
  var cohesion: Double {
    assignments.indices.reduce(0) { $0 + Double(cosines[$1, assignments[$1]]) } / Double(max(1, assignments.count))
  }

  /// - Parameters:
  ///   - x: Rows of length 1, at least as many as centers.
  ///   - count: The number of centers.
  init(_ x: Matrix, count: Int, seed: UInt64, _ compute: Compute) {
    precondition(count >= 1 && x.rows >= count, "SphericalKMeans: \(count) centers for \(x.rows) rows")
    var centers = Self.start(x, count: count, seed: seed, compute)
    cosines = compute.product(x, transposed: false, centers, transposed: true)
    assignments = Self.nearest(cosines)
    for _ in 0..<Self.roundLimit {
      fillEmpty(count)
      centers = Self.centers(of: x, assignments, count: count)
      cosines = compute.product(x, transposed: false, centers, transposed: true)
      let moved = Self.nearest(cosines)
      guard moved != assignments else { break }
      assignments = moved
    }
    fillEmpty(count)
  }

  private static func start(_ x: Matrix, count: Int, seed: UInt64, _ compute: Compute) -> Matrix {
    var source = RandomSource(seed: seed)
    var places = [Int(source.uniform() * Float(x.rows))]
    var distances = [Double](repeating: .infinity, count: x.rows)
    while places.count < count {
      let last = Matrix(row: Array(x.row(places[places.count - 1])))
      let cosines = compute.product(x, transposed: false, last, transposed: true).elements
      // Twice this is the square of the distance between rows of length 1.
      for (row, cosine) in cosines.enumerated() { distances[row] = min(distances[row], max(0, 1 - Double(cosine))) }
      for place in places { distances[place] = 0 }
      let drawn = Double(source.uniform()) * distances.reduce(0, +)
      var sum = 0.0
      let place = distances.firstIndex { distance in
        sum += distance
        return sum > drawn
      }
      // Where all rows are alike, any that is no center yet will do.
      places.append(place ?? x.rowIndices.first { !places.contains($0) } ?? 0)
    }
    return Matrix(stacking: places.map { Matrix(row: Array(x.row($0))) })
  }

  private static func nearest(_ cosines: Matrix) -> [Int] {
    cosines.rowIndices.map { cosines.row($0).indexOfMaximum ?? 0 }
  }

  private static func centers(of x: Matrix, _ assignments: [Int], count: Int) -> Matrix {
    var sums = [Float](repeating: 0, count: count * x.columns)
    x.withElements { x in
      let columns = sums.count / count
      for (row, center) in assignments.enumerated() {
        for column in 0..<columns { sums[center * columns + column] += x[row * columns + column] }
      }
    }
    return Matrix(count, x.columns, sums).withRowsOfLengthOne
  }

  /// A center that no row is nearest to takes the row that is farthest from its own.
  private mutating func fillEmpty(_ count: Int) {
    for center in 0..<count where !assignments.contains(center) {
      var sizes = [Int](repeating: 0, count: count)
      for assignment in assignments { sizes[assignment] += 1 }
      let lone = assignments.indices.filter { sizes[assignments[$0]] > 1 }
      let farthest = lone.min { cosines[$0, assignments[$0]] < cosines[$1, assignments[$1]] }
      if let farthest { assignments[farthest] = center }
    }
  }
}

extension SphericalKMeans {
  /// How much nearer rows are to their own center than to the next: 1 where clusters lie apart, 0 where they touch
  /// (the simplified silhouette: Hruschka et al., 2004).
  var silhouette: Double {
    guard cosines.columns > 1 else { return 0 }
    let values = assignments.enumerated().map { row, own in
      let next = (0..<cosines.columns).lazy.filter { $0 != own }.map { Double(cosines[row, $0]) }.max() ?? 0
      let (near, far) = (1 - Double(cosines[row, own]), 1 - next)
      return max(near, far) > 0 ? (far - near) / max(near, far) : 0
    }
    return values.reduce(0, +) / Double(max(1, values.count))
  }
}

/// How far divisions of the same rows agree.
enum Agreement {
  /// 1 where they are the same, about 0 where they agree by chance alone (the adjusted Rand index: Hubert and Arabie,
  /// 1985).
  static func adjustedRand(_ first: [some Hashable], _ second: [some Hashable]) -> Double {
    func pairs(_ count: Int) -> Double { Double(count) * Double(count - 1) / 2 }
    func sum(_ labels: [some Hashable]) -> Double {
      Dictionary(grouping: labels) { $0 }.values.map { pairs($0.count) }.sorted().reduce(0, +)
    }
    let both = sum(zip(first, second).map { [AnyHashable($0), AnyHashable($1)] })
    let (one, other, all) = (sum(first), sum(second), pairs(first.count))
    guard all > 0 else { return 1 }
    let chance = one * other / all
    let most = (one + other) / 2
    return most == chance ? 1 : (both - chance) / (most - chance)
  }
}

extension Matrix {
  /// The same directions; a row of zeros stays.
  var withRowsOfLengthOne: Matrix {
    Matrix(
      rows, columns,
      rowIndices.flatMap { row in
        let own = self.row(row)
        let length = own.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return own.map { length > 0 ? $0 / length : 0 }
      })
  }

  var rowIndices: Range<Int> { 0..<rows }
}
