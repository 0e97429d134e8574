/// What the updates of a step came to.
struct PolicyUpdate: Sendable, Equatable, Codable {
  /// At the first update.
  var loss = 0.0
  /// Of the value head, at the first update.
  var valueLoss = 0.0
  /// Sums over tokens and updates.
  var divergence = 0.0
  var clipped = 0
  var tokens = 0
  /// At the last update.
  var gradientNorm = 0.0
  /// How many there were.
  var updates = 1

  var isFinite: Bool { loss.isFinite && valueLoss.isFinite && gradientNorm.isFinite }

  /// Adds what another part of the same update came to.
  mutating func add(_ part: PolicyUpdate) {
    loss += part.loss
    valueLoss += part.valueLoss
    divergence += part.divergence
    clipped += part.clipped
    tokens += part.tokens
  }

  /// Two updates of a step as one.
  func followed(by next: PolicyUpdate) -> PolicyUpdate {
    var result = self
    result.divergence += next.divergence
    result.clipped += next.clipped
    result.tokens += next.tokens
    result.gradientNorm = next.gradientNorm
    result.updates += next.updates
    return result
  }
}
