import DMoEModel

/// What one trained member says of one sample.
struct ScoredSample: Sendable, Hashable, Codable {
  /// One a response, by the category that the router chose.
  var rewards: [Float]
  /// The category that the router chose.
  var category: String
  /// What the experts of that category say, by response, each in deviations of its training rewards; empty without
  /// experts.
  var experts: [[Float]] = []
  /// By the category that the sample names, where it names one of several.
  var labeledRewards: [Float]?
  /// The experts of that category, by response: to see what they are good for.
  var labeledExperts: [[Float]]?
  /// Last-layer Laplace: the refitted head's rewards and their standard deviations.
  var posteriorMeans: [Float]?
  var posteriorDeviations: [Float]?
}
