/// The general matrix product in plain Swift: blocks of both operands are packed so that the inner loop reads
/// contiguous memory whatever the transposition (the scheme of Goto and van de Geijn, "Anatomy of high-performance
/// matrix multiplication", 2008).
enum ReferenceProduct {
  /// Rows and columns of the tile of `c` that the inner loop keeps in registers.
  private static let tileRows = 4
  private static let tileColumns = 8
  /// Block sizes: a block of `a` and a block of `b` fit into a second-level cache of half a megabyte together.
  private static let blockRows = 128
  private static let blockColumns = 256
  private static let blockDepth = 384

  /// `c = alpha op(a) op(b) + beta c` on the calling thread; op(a) is [m, k], op(b) is [k, n].
  ///
  /// With `beta` 0 the elements of `c` are not read; with `alpha` 0 those of `a` and `b` are not.
  static func multiply(
    _ m: Int, _ n: Int, _ k: Int, alpha: Float,
    _ a: UnsafePointer<Float>, _ lda: Int, transposeA: Bool,
    _ b: UnsafePointer<Float>, _ ldb: Int, transposeB: Bool,
    beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
  ) {
    guard m > 0, n > 0 else { return }
    guard k > 0, alpha != 0 else {
      scale(m, n, beta, c, ldc)
      return
    }
    // Depth blocks of equal size: a short last one would not pay for writing `c` once more.
    let depthBlocks = (k + blockDepth - 1) / blockDepth
    let depth = (k + depthBlocks - 1) / depthBlocks
    let aStrips = (min(m, blockRows) + tileRows - 1) / tileRows
    let bStrips = (min(n, blockColumns) + tileColumns - 1) / tileColumns
    let packedA = UnsafeMutablePointer<SIMD4<Float>>.allocate(capacity: aStrips * depth)
    let packedB = UnsafeMutablePointer<SIMD8<Float>>.allocate(capacity: bStrips * depth)
    defer {
      packedA.deallocate()
      packedB.deallocate()
    }

    for column in stride(from: 0, to: n, by: blockColumns) {
      let columns = min(blockColumns, n - column)
      for step in stride(from: 0, to: k, by: depth) {
        let steps = min(depth, k - step)
        packB(b, ldb, transposeB, column, columns, step, steps, packedB)
        for row in stride(from: 0, to: m, by: blockRows) {
          let rows = min(blockRows, m - row)
          packA(a, lda, transposeA, row, rows, step, steps, packedA)
          multiplyBlock(
            rows, columns, steps, alpha, packedA, packedB,
            beta: step == 0 ? beta : 1, c + row * ldc + column, ldc)
        }
      }
    }
  }

  private static func scale(_ m: Int, _ n: Int, _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int) {
    for i in 0..<m {
      let row = c + i * ldc
      if beta == 0 {
        row.update(repeating: 0, count: n)
      } else if beta != 1 {
        for j in 0..<n { row[j] *= beta }
      }
    }
  }

  /// Strips of four rows, each one vector a step; rows beyond the end are 0.
  private static func packA(
    _ a: UnsafePointer<Float>, _ lda: Int, _ transposed: Bool, _ row: Int, _ rows: Int, _ step: Int, _ steps: Int,
    _ packed: UnsafeMutablePointer<SIMD4<Float>>
  ) {
    var out = packed
    for strip in stride(from: 0, to: rows, by: tileRows) {
      let full = rows - strip >= tileRows
      if full && transposed {
        var source = a + step * lda + row + strip
        for p in 0..<steps {
          out[p] = UnsafeRawPointer(source).loadUnaligned(as: SIMD4<Float>.self)
          source += lda
        }
      } else if full {
        let r0 = a + (row + strip) * lda + step
        let r1 = r0 + lda
        let r2 = r1 + lda
        let r3 = r2 + lda
        for p in 0..<steps { out[p] = SIMD4(r0[p], r1[p], r2[p], r3[p]) }
      } else {
        let scalars = UnsafeMutableRawPointer(out).assumingMemoryBound(to: Float.self)
        scalars.update(repeating: 0, count: steps * tileRows)
        let (alongRow, alongStep) = transposed ? (1, lda) : (lda, 1)
        for r in 0..<rows - strip {
          let source = a + (row + strip + r) * alongRow + step * alongStep
          for p in 0..<steps { scalars[p * tileRows + r] = source[p * alongStep] }
        }
      }
      out += steps
    }
  }

  /// Strips of eight columns, each one vector a step; columns beyond the end are 0.
  private static func packB(
    _ b: UnsafePointer<Float>, _ ldb: Int, _ transposed: Bool, _ column: Int, _ columns: Int, _ step: Int,
    _ steps: Int, _ packed: UnsafeMutablePointer<SIMD8<Float>>
  ) {
    var out = packed
    for strip in stride(from: 0, to: columns, by: tileColumns) {
      let full = columns - strip >= tileColumns
      if full && !transposed {
        var source = b + step * ldb + column + strip
        for p in 0..<steps {
          out[p] = UnsafeRawPointer(source).loadUnaligned(as: SIMD8<Float>.self)
          source += ldb
        }
      } else if full {
        let r0 = b + (column + strip) * ldb + step
        let (r1, r2, r3, r4) = (r0 + ldb, r0 + 2 * ldb, r0 + 3 * ldb, r0 + 4 * ldb)
        let (r5, r6, r7) = (r0 + 5 * ldb, r0 + 6 * ldb, r0 + 7 * ldb)
        for p in 0..<steps { out[p] = SIMD8(r0[p], r1[p], r2[p], r3[p], r4[p], r5[p], r6[p], r7[p]) }
      } else {
        let scalars = UnsafeMutableRawPointer(out).assumingMemoryBound(to: Float.self)
        scalars.update(repeating: 0, count: steps * tileColumns)
        let (alongColumn, alongStep) = transposed ? (ldb, 1) : (1, ldb)
        for j in 0..<columns - strip {
          let source = b + (column + strip + j) * alongColumn + step * alongStep
          for p in 0..<steps { scalars[p * tileColumns + j] = source[p * alongStep] }
        }
      }
      out += steps
    }
  }

  private static func multiplyBlock(
    _ rows: Int, _ columns: Int, _ steps: Int, _ alpha: Float,
    _ packedA: UnsafePointer<SIMD4<Float>>, _ packedB: UnsafePointer<SIMD8<Float>>,
    beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
  ) {
    var b = packedB
    for column in stride(from: 0, to: columns, by: tileColumns) {
      let width = min(tileColumns, columns - column)
      var a = packedA
      for row in stride(from: 0, to: rows, by: tileRows) {
        var t0 = SIMD8<Float>.zero
        var t1 = SIMD8<Float>.zero
        var t2 = SIMD8<Float>.zero
        var t3 = SIMD8<Float>.zero
        for p in 0..<steps {
          let x = a[p]
          let y = b[p]
          t0 += y * x.x
          t1 += y * x.y
          t2 += y * x.z
          t3 += y * x.w
        }
        let height = min(tileRows, rows - row)
        let tile = c + row * ldc + column
        store(t0, alpha, beta, tile, width)
        if height > 1 { store(t1, alpha, beta, tile + ldc, width) }
        if height > 2 { store(t2, alpha, beta, tile + 2 * ldc, width) }
        if height > 3 { store(t3, alpha, beta, tile + 3 * ldc, width) }
        a += steps
      }
      b += steps
    }
  }

  @inline(__always)
  private static func store(
    _ sum: SIMD8<Float>, _ alpha: Float, _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ width: Int
  ) {
    var value = sum * alpha
    if width == tileColumns {
      let raw = UnsafeMutableRawPointer(c)
      if beta != 0 { value += raw.loadUnaligned(as: SIMD8<Float>.self) * beta }
      raw.storeBytes(of: value, as: SIMD8<Float>.self)
    } else {
      for j in 0..<width { c[j] = beta == 0 ? value[j] : value[j] + beta * c[j] }
    }
  }
}
