/// A format in which the numbers of a stored tensor are written.
///
/// The quantised formats are ggml's: blocks of 32 (`q4_0` to `q8_0`, `iq4_nl`) or 256 (`q2_K` to `q6_K`, `iq4_xs`)
/// elements of one row that share scales. The last group appears in file headers only: such tensors can be listed, not read as weights.
package enum WeightFormat: String, Sendable, Hashable, CaseIterable {
  // The names are those of ggml and safetensors.
  /// Numbers as they are, IEEE or bfloat16.
  case f64, f32, f16, bf16
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Blocks of 32 elements that share a scale.
  case q4_0, q4_1, q5_0, q5_1, q8_0
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Blocks of 256 elements, whose scales are quantized themselves.
  case q2_K, q3_K, q4_K, q5_K, q6_K
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Blocks whose four-bit numbers are places in a table of values that are not evenly spaced.
  case iq4_nl, iq4_xs
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Formats that are known by name and size, and cannot be read as weights.
  case f8_e4m3, f8_e5m2, i64, i32, i16, i8, u64, u32, u16, u8, bool

  /// The number of elements that are stored together.
  package var blockSize: Int {
    switch self {
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .iq4_nl: 32
    case .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_xs: 256
    default: 1
    }
  }

  /// The number of bytes that `blockSize` elements take.
  package var bytesPerBlock: Int {
    switch self {
    case .f64, .i64, .u64: 8
    case .f32, .i32, .u32: 4
    case .f16, .bf16, .i16, .u16: 2
    case .f8_e4m3, .f8_e5m2, .i8, .u8, .bool: 1
    case .q4_0, .iq4_nl: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q8_0: 34
    case .q2_K: 84
    case .q3_K: 110
    case .q4_K: 144
    case .q5_K: 176
    case .q6_K: 210
    case .iq4_xs: 136
    }
  }

  /// Whether tensors of this format can be read as weights.
  package var isReadable: Bool {
    switch self {
    case .f8_e4m3, .f8_e5m2, .i64, .i32, .i16, .i8, .u64, .u32, .u16, .u8, .bool: false
    default: true
    }
  }

  /// The size of so many elements, or `nil` if they are no whole blocks or the size is no `Int`.
  package func byteCount(elements: Int) -> Int? {
    guard elements >= 0, elements % blockSize == 0 else { return nil }
    let (bytes, overflow) = (elements / blockSize).multipliedReportingOverflow(by: bytesPerBlock)
    return overflow ? nil : bytes
  }

  /// The size of a tensor, or `nil` if its rows are no whole blocks or a product overflows.
  ///
  /// Shapes: slowest dimension first; no dimension at all is a single element.
  package func byteCount(shape: [Int]) -> Int? {
    var elements = 1
    for dimension in shape {
      let (product, overflow) = elements.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow else { return nil }
      elements = product
    }
    guard (shape.last ?? 1) % blockSize == 0 else { return nil }
    return byteCount(elements: elements)
  }
}
