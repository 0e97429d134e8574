extension TrainingConfiguration {
  /// The settings that trade memory for time and change no result but by rounding.
  public struct MemorySettings: Sendable, Equatable, Codable {
    /// Recompute activations by block in the backward pass: less memory, a third more time (Chen et al., 1604.06174).
    public var checkpointsActivations = false
    /// Rows (tokens) of one forward and backward pass; a larger batch is accumulated from several.
    public var rowsPerPass = 2048
    /// Bytes of trunk outputs that are kept between epochs; what does not fit is computed again.
    public var trunkCacheBytes = 2 << 30

    /// The defaults.
    public init() {}
  }
}
