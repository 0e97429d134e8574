@_spi(Command) import DMoERM

extension ModelOptions {
  /// What decides the rewards of the model besides the texts, for a file of rewards; a bundle decides its backbone.
  func origin(of model: RewardModel) throws -> [String: String] {
    let facts = [
      "model": try RewardModel.fingerprint(ofBundle: Self.bundle(self.model)),
      "temperature": "\(model.temperature)",
      "precision": compute.precision.defaultValueDescription,
      "activations": compute.activations.defaultValueDescription,
      "rule": model.configuration.combination.map { "\($0)" } ?? "as trained",
    ]
    // Of a bundle's own rule the fingerprint knows.
    return routing.map { facts.merging(["routing": "\($0.policy)"]) { fact, _ in fact } } ?? facts
  }
}
