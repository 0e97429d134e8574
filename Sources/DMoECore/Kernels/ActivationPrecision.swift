/// The numbers that rows are made of where they are multiplied by weights as they are stored (`WeightPrecision.stored`);
/// of no effect under other precisions.
public enum ActivationPrecision: String, Sendable, CaseIterable, Codable {
  /// Bytes by quantized weights, `Float` by others.
  case automatic
  /// `Float` by all weights: exact but for the rounding of sums, and slower by quantized weights.
  case float32
  /// Bytes with a scale for every 32 channels by quantized weights, whose products are exact sums of integers; `Float` by
  /// weights that are numbers as they are (F32, F16, BF16).
  case int8
}
