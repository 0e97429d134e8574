extension Graph {
  /// a + b, of one shape.
  package func add(_ a: Variable, _ b: Variable) -> Variable {
    let compute = compute
    let y = compute.sum(a.value, b.value)
    let (left, right) = (a.place, b.place)
    return record(y, from: [a, b]) { dy, tape in
      tape.accumulate(dy, into: left, compute)
      tape.accumulate(dy, into: right, compute)
    }
  }

  /// Some rows of x, in the given order. Shapes: [rows, columns] -> [indices, columns].
  package func gather(_ x: Variable, rows indices: [Int]) -> Variable {
    let columns = x.columns
    var y = Matrix(uninitialized: indices.count, columns)
    let (from, to) = (x.value.pointer, y.mutablePointer)
    compute.parallel(indices.count, grain: max(1, 32_768 / max(1, columns))) { part in
      for i in part { (to + i * columns).update(from: from + indices[i] * columns, count: columns) }
    }
    let rows = x.rows
    return apply(x, value: y) { dy in
      var dx = Matrix(zeros: rows, columns)
      dx.withMutableElements { dx in
        dy.withElements { dy in
          for (i, row) in indices.enumerated() {
            for c in 0..<columns { dx[row * columns + c] += dy[i * columns + c] }
          }
        }
      }
      return dx
    }
  }

  /// x below itself `copies` times. Shapes: [rows, columns] -> [copies · rows, columns].
  package func tile(_ x: Variable, copies: Int) -> Variable {
    guard copies != 1 else { return x }
    let rows = x.rows
    return gather(x, rows: (0..<copies).flatMap { _ in 0..<rows })
  }

  /// Matrices side by side, at least one. Shapes: [rows, a], [rows, b], ... -> [rows, a + b + ...].
  package func beside(_ parts: [Variable]) -> Variable {
    guard parts.count != 1 else { return parts[0] }
    let (rows, compute) = (parts[0].rows, compute)
    precondition(parts.allSatisfy { $0.rows == rows }, "beside: \(parts.map(\.rows)) rows")
    var starts = [0]
    for part in parts { starts.append(starts[starts.count - 1] + part.columns) }
    let width = starts[parts.count]
    var y = Matrix(uninitialized: rows, width)
    let to = y.mutablePointer
    for (part, start) in zip(parts, starts) {
      let columns = part.columns
      for row in 0..<rows {
        (to + row * width + start).update(from: part.value.pointer + row * columns, count: columns)
      }
    }
    let places = zip(parts, starts).map { (place: $0.place, start: $1, columns: $0.columns) }
    return record(y, from: parts) { dy, tape in
      for (place, start, columns) in places where place.isRecorded {
        var part = Matrix(uninitialized: rows, columns)
        let to = part.mutablePointer
        for row in 0..<rows { (to + row * columns).update(from: dy.pointer + row * width + start, count: columns) }
        tape.accumulate(part, into: place, compute)
      }
    }
  }

  /// Blocks of rows side by side: row i of the result is row i of every block.
  ///
  /// Shapes: [blocks · rows, columns] -> [rows, blocks · columns].
  package func concatenateBlocks(_ x: Variable, blocks: Int) -> Variable {
    precondition(blocks > 0 && x.rows % blocks == 0, "concatenateBlocks: \(x.rows) rows in \(blocks) blocks")
    let (rows, columns) = (x.rows / blocks, x.columns)
    func moved(_ from: Matrix, back: Bool) -> Matrix {
      var to = back ? Matrix(uninitialized: rows * blocks, columns) : Matrix(uninitialized: rows, blocks * columns)
      to.withMutableElements { to in
        from.withElements { from in
          for block in 0..<blocks {
            for row in 0..<rows {
              let stacked = (block * rows + row) * columns
              let beside = (row * blocks + block) * columns
              for c in 0..<columns {
                if back { to[stacked + c] = from[beside + c] } else { to[beside + c] = from[stacked + c] }
              }
            }
          }
        }
      }
      return to
    }
    return apply(x, value: moved(x.value, back: false)) { moved($0, back: true) }
  }
}

extension Compute {
  /// Adds one row [1, columns] to every row.
  func addRow(_ row: Matrix, to y: inout Matrix) {
    precondition(row.count == y.columns, "addRow: \(row.count) for \(y.columns) columns")
    let columns = y.columns
    let (from, to) = (row.pointer, y.mutablePointer)
    parallel(y.rows, grain: 64) { part in for r in part { axpy(1, from, to + r * columns, columns) } }
  }

  /// The sum over the rows, [1, columns].
  func columnSums(_ x: Matrix) -> Matrix {
    var sum = Matrix(zeros: 1, x.columns)
    let (from, to) = (x.pointer, sum.mutablePointer)
    for r in 0..<x.rows { axpy(1, from + r * x.columns, to, x.columns) }
    return sum
  }
}

extension Graph {
  /// The mean of every group of rows; groups may share rows.
  ///
  /// Shapes: [rows, columns] -> [groups, columns].
  ///
  /// - Parameter past: More rows of every group, computed before and frozen: their sum, [groups, columns], and how many.
  package func meanOfRows(
    _ x: Variable, _ groups: [[Range<Int>]], after past: (sums: Matrix, counts: [Int])? = nil
  ) -> Variable {
    precondition(past.map { $0.counts.count == groups.count } ?? true, "meanOfRows: other counts")
    let (rowCount, columns, compute) = (x.rows, x.columns, compute)
    let shares = groups.enumerated().map { group, ranges in
      1 / Float((past?.counts[group] ?? 0) + ranges.reduce(0) { $0 + $1.count })
    }
    var y = compute.sumsOfRows(x.value, groups, after: past?.sums)
    for (group, share) in shares.enumerated() { for c in 0..<columns { y[group, c] *= share } }
    return apply(x, value: y) { dy in
      var dx = Matrix(zeros: rowCount, columns)
      let (from, to) = (dy.pointer, dx.mutablePointer)
      for (group, ranges) in groups.enumerated() {
        for row in ranges.joined() { compute.axpy(shares[group], from + group * columns, to + row * columns, columns) }
      }
      return dx
    }
  }
}

extension Compute {
  /// The sum of every group of rows, in their order, on top of `past` if that is given.
  ///
  /// Shapes: [rows, columns] -> [groups, columns].
  package func sumsOfRows(_ x: Matrix, _ groups: [[Range<Int>]], after past: Matrix? = nil) -> Matrix {
    precondition(past.map { $0.rows == groups.count && $0.columns == x.columns } ?? true, "sumsOfRows: other shapes")
    var y = past ?? Matrix(zeros: groups.count, x.columns)
    let (from, to, columns) = (x.pointer, y.mutablePointer, x.columns)
    parallel(groups.count) { part in
      for group in part {
        for row in groups[group].joined() { axpy(1, from + row * columns, to + group * columns, columns) }
      }
    }
    return y
  }
}
