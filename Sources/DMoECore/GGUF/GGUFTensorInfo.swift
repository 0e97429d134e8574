/// What a GGUF header says of one tensor.
struct GGUFTensorInfo: Sendable {
  let name: String
  /// Slowest dimension first: the file has them the other way round.
  let shape: [Int]
  let format: WeightFormat
  /// From the start of the data.
  let offset: Int
  let byteCount: Int

  /// Reads one entry; whether its offset makes sense is for the file to check.
  init(_ cursor: inout GGUFCursor) throws(CoreError) {
    let file = cursor.file
    name = try cursor.string("a tensor name")
    let dimensions = try cursor.read(UInt32.self, "the dimensions of \(name)")
    // ggml's GGML_MAX_DIMS.
    guard dimensions <= 4 else { throw file.malformed("tensor \(name) has \(dimensions) dimensions") }
    var shape: [Int] = []
    for _ in 0..<dimensions {
      let size = try cursor.read(UInt64.self, "the dimensions of \(name)")
      guard let size = Int(exactly: size) else { throw file.malformed("tensor \(name) has a dimension of \(size)") }
      shape.append(size)
    }
    shape.reverse()
    let type = try cursor.read(UInt32.self, "the type of \(name)")
    guard let format = WeightFormat(ggml: type) else {
      throw .unsupportedTensorType(name: name, path: file.path, type: Self.nameOfUnreadType(type))
    }
    guard let size = format.byteCount(shape: shape) else {
      throw file.malformed("tensor \(name) of \(format.rawValue) cannot have the shape \(shape)")
    }
    let offset = try cursor.read(UInt64.self, "the offset of \(name)")
    guard let offset = Int(exactly: offset) else { throw file.malformed("tensor \(name) has the offset \(offset)") }
    self.shape = shape
    self.format = format
    self.offset = offset
    byteCount = size
  }

  /// ggml's name for a type that is not read, or its number.
  private static func nameOfUnreadType(_ type: UInt32) -> String {
    let names: [UInt32: String] = [
      9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 21: "IQ3_S", 22: "IQ2_S",
      29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
    ]
    return names[type] ?? "ggml type \(type)"
  }
}

extension WeightFormat {
  /// The format that ggml numbers so (`enum ggml_type`).
  init?(ggml type: UInt32) {
    switch type {
    case 0: self = .f32
    case 1: self = .f16
    case 2: self = .q4_0
    case 3: self = .q4_1
    case 6: self = .q5_0
    case 7: self = .q5_1
    case 8: self = .q8_0
    case 10: self = .q2_K
    case 11: self = .q3_K
    case 12: self = .q4_K
    case 13: self = .q5_K
    case 14: self = .q6_K
    case 20: self = .iq4_nl
    case 23: self = .iq4_xs
    case 24: self = .i8
    case 25: self = .i16
    case 26: self = .i32
    case 27: self = .i64
    case 28: self = .f64
    case 30: self = .bf16
    default: return nil
    }
  }
}
