import CDMoEKernels

extension StoredTensor {
  /// Writes some rows as floats to memory of the caller; several threads may do so for different rows.
  ///
  /// Shapes: `target` has room for `rows.count * columns` floats.
  package func dequantize(into target: UnsafeMutablePointer<Float>, rows range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows, "dequantize: rows \(range) of \(name) \(shape)")
    let elements = range.count * columns
    guard elements > 0 else { return }
    withRow(range.lowerBound) { start in
      format.unpack(start.assumingMemoryBound(to: UInt8.self), blocks: elements / format.blockSize, into: target)
    }
  }

  /// All elements in file order.
  package func dequantized() -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let target = buffer.baseAddress { dequantize(into: target, rows: 0..<rows) }
      initialized = count
    }
  }
}

extension WeightFormat {
  /// Blocks as they lie in memory as floats: `blockSize` for each. Nothing needs alignment.
  func unpack(_ source: UnsafePointer<UInt8>, blocks count: Int, into target: UnsafeMutablePointer<Float>) {
    let blocks = Int64(count)
    switch self {
    case .f32: UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 4 * count)
    case .f64: dmoe_dequantize_f64(source, blocks, target)
    case .f16: dmoe_dequantize_f16(source, blocks, target)
    case .bf16: dmoe_dequantize_bf16(source, blocks, target)
    case .q4_0: dmoe_dequantize_q4_0(source, blocks, target)
    case .q4_1: dmoe_dequantize_q4_1(source, blocks, target)
    case .q5_0: dmoe_dequantize_q5_0(source, blocks, target)
    case .q5_1: dmoe_dequantize_q5_1(source, blocks, target)
    case .q8_0: dmoe_dequantize_q8_0(source, blocks, target)
    case .q2_K: dmoe_dequantize_q2_k(source, blocks, target)
    case .q3_K: dmoe_dequantize_q3_k(source, blocks, target)
    case .q4_K: dmoe_dequantize_q4_k(source, blocks, target)
    case .q5_K: dmoe_dequantize_q5_k(source, blocks, target)
    case .q6_K: dmoe_dequantize_q6_k(source, blocks, target)
    case .iq4_nl: dmoe_dequantize_iq4_nl(source, blocks, target)
    case .iq4_xs: dmoe_dequantize_iq4_xs(source, blocks, target)
    case .f8_e4m3, .f8_e5m2, .i64, .i32, .i16, .i8, .u64, .u32, .u16, .u8, .bool:
      preconditionFailure("unpack: \(self) is no format that a tensor may have")
    }
  }
}
