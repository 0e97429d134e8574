/// Who does the work, as `SOFTWARE FORMAT`: "openBLAS f32", "torch bf16", "llama.cpp Q8_0".
struct EngineName: Hashable, Sendable, Codable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  init(from decoder: any Decoder) throws { description = try decoder.singleValueContainer().decode(String.self) }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  static let openBLAS = EngineName("openBLAS f32")
  static let oneDNN = EngineName("oneDNN f32")
  /// Whatever the build and the CPU have for them.
  static let bfloat16 = EngineName("dmoerm bf16")
  static let int8 = EngineName("dmoerm int8")
  static let reference = EngineName("reference f32")
  static let torch = EngineName("torch f32")
  static let torchBFloat16 = EngineName("torch bf16")
  static let llama = EngineName("llama.cpp f32")
  static let llamaBFloat16 = EngineName("llama.cpp bf16")

  /// Whatever the CPU can do: no software of anybody.
  static let cpu = EngineName("cpu peak")
  /// Weights that stay as a file stores them, multiplied by bytes where they are quantized.
  static func stored(_ format: String) -> EngineName { EngineName("dmoerm \(format)") }
  /// The same weights, multiplied by bf16.
  static func storedByBFloat16(_ format: String) -> EngineName { EngineName("dmoerm \(format) by bf16") }
  /// llama.cpp on the file in a format.
  static func llama(_ format: String) -> EngineName { EngineName("llama.cpp \(format)") }

  /// The bare products of an engine's forward pass, and nothing else.
  static func chain(_ engine: EngineName) -> EngineName { EngineName("chain of \(engine)") }
  /// The bare products as one `cblas_sgemm` each, on OpenBLAS's own threads.
  static func pool(_ engine: EngineName) -> EngineName { EngineName("pool of \(engine)") }

  var software: Substring { description.prefix { $0 != " " } }
  var format: Substring { description.drop { $0 != " " }.dropFirst() }
  var isPeer: Bool { software == "torch" || software == "llama.cpp" }
  var isRoof: Bool { software == "chain" || software == "pool" }

  /// What the weights are: engines of one class are compared. Bytes with a scale an output are nobody's file; they stand
  /// beside the files that have bytes too.
  var weightClass: Substring { format == "int8" ? "Q8_0" : format.prefix { $0 != " " } }

  /// What is multiplied: "f32", "bf16", or the bytes of everything else.
  var factors: Substring {
    guard let by = format.range(of: " by ") else { return format }
    return format[by.upperBound...]
  }
}
