import CDMoEKernels

/// The precision in which a backbone keeps its frozen weights in memory, decided when it is read.
///
/// Adapters, heads and everything that is trained stay `Float`; so do states and rewards.
public enum WeightPrecision: String, Sendable, CaseIterable, Codable {
  /// Four bytes a weight, the weights as they are in the file.
  case float32
  /// Two bytes a weight. Where the CPU multiplies bf16 (AVX-512 BF16), products are in bf16 with float sums, by oneDNN in a
  /// build that has it; elsewhere weights are widened for each product, which costs time and saves memory.
  case bfloat16
  /// One byte a weight with a scale an output channel, activations quantized row by row with a scale each; products are
  /// exact sums of integers. Needs oneDNN and a CPU with AVX-512 VNNI.
  case int8
  /// The weights stay in their file, quantized or not, and are multiplied from there: memory is the file's, and nothing is
  /// made of them when they are read. A row's result has the same bits whatever is multiplied beside it.
  /// `ComputeOptions.activations` says what they are multiplied by.
  case stored

  /// The amount by which a recorded reward may be off under this precision, in units of max(1, |reward|): other kernels
  /// and instruction sets round differently, fewer bits more so; a wrong weight or template is off by far more.
  package var goldenTolerance: Float {
    switch self {
    case .float32: 2e-3
    case .bfloat16: 5e-2
    case .int8: 0.5
    case .stored: 0.2
    }
  }
}
