import DMoECore
public import DMoEData
public import DMoEModel

public import struct Foundation.URL

/// A Bayesian posterior of a value head, which gives rewards with their uncertainty: a normal posterior over the head's
/// weights.
///
/// ```swift
/// let posterior = try LaplacePosterior(model, category: "chat", samples: samples)
/// let estimate = try posterior.estimates(of: [response], to: conversation)[0]
/// print(estimate.mean, "±", estimate.deviation)
/// ```
///
/// The head is fitted anew on the base's states by Newton's method (so that it is at the mode), and the posterior is
/// Laplace's: its precision is the Hessian of the ranking loss, factored by Cholesky. A reward's standard deviation is
/// `√(xᵀ H⁻¹ x)`, x the response's state as it lies from the training states' mean, in their deviations. Source: Yang et
/// al., 2402.13210, for the last layer alone.
public struct LaplacePosterior: Sendable {
  /// A reward as a normal distribution; the unit is that of log-odds.
  public struct Estimate: Sendable, Hashable, Codable {
    /// The expected reward.
    public let mean: Float
    /// The standard deviation of the reward.
    public let deviation: Float
  }

  /// Strengths of the prior that are tried if none are given.
  public static let defaultRidges: [Double] = [0.001, 0.01, 0.1, 1, 10]

  private let model: RewardModel
  private let index: Int
  private let shift: Matrix
  private let scale: Matrix
  /// The mode, [1, state size].
  private let weights: Matrix
  /// Of the posterior: the Hessian of the loss summed over the pairs.
  private let precision: CholeskyFactorization

  /// - Parameters:
  ///   - model: The model whose states the head reads.
  ///   - category: The category whose base is read.
  ///   - samples: Overall preferences to fit the head on: those that the base was trained on.
  ///   - ridges: Strengths of the prior that five-fold cross-validation by prompt chooses from.
  ///   - onProgress: Called now and then with texts read and all of them; what it throws stops the fit.
  /// - Throws: `TrainError.noSamples` if no two responses differ in rank, `.invalidConfiguration` for ridges that are none;
  ///   `ModelError.unknownCategory`; `CoreError`;
  ///   what encoding the texts throws. Samples that are too long are left out.
  public init(
    _ model: RewardModel, category: String, samples: [RankedResponses],
    ridges: [Double] = defaultRidges, onProgress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws {
    try self.init(
      model, category: category, samples: samples, ridges: ridges, training: TrainingConfiguration(),
      trunk: TrunkCache(limit: 0), onProgress: onProgress)
  }

  /// - Parameter training: Whose loss makes pairs of the samples, and whether lengths explain a part of them.
  package init(
    _ model: RewardModel, category: String, samples: [RankedResponses], ridges: [Double],
    training: TrainingConfiguration, trunk: TrunkCache, onProgress: (Int, Int) throws -> Void = { _, _ in }
  ) throws {
    guard !ridges.isEmpty, ridges.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw TrainError.invalidConfiguration(
        reason: "the ridges of a posterior are \(ridges); each is above 0, one or more")
    }
    self.model = model
    index = try model.index(ofCategory: category)
    var examples = try samples.filter { $0.capability == nil }.compactMap { sample -> RankedExample? in
      do { return try RankedExample(sample, model.reader, training.loss) } catch ModelError.overLength { return nil }
    }
    guard !examples.isEmpty else {
      throw TrainError.noSamples(phase: TrainingPhase.base(category: category).description)
    }
    if training.debiasesLength {
      let bias = try LengthBias(of: examples, model.compute)
      examples = examples.map { $0.relieved(of: bias) }
    }
    let states = try Self.states(
      examples.map(\.encoded), model.reader, model.inner[index].base.adapter, trunk, onProgress)
    (shift, scale) = WarmStart.standardization(states)
    let regression = try WarmStart.regression(states, examples, scale: scale, ridges: ridges, model.compute)
    weights = Matrix(row: regression.weights)
    precision = regression.precision
  }

  /// Reads a posterior back that `write(to:)` has written.
  ///
  /// - Parameters:
  ///   - url: The file to read.
  ///   - model: The one that it was fitted on.
  ///   - category: The category whose base is read.
  /// - Throws: `CoreError` for a file that is missing, broken or of another hidden size; `ModelError.unknownCategory`.
  public init(contentsOf url: URL, _ model: RewardModel, category: String) throws {
    self.model = model
    index = try model.index(ofCategory: category)
    let size = model.stateSize
    let reader = WeightReader(try SafetensorsFile(contentsOf: url))
    shift = try reader.matrix("shift", shape: [size])
    scale = try reader.matrix("scale", shape: [size])
    weights = try reader.matrix("weight", shape: [size])
    let factor = try reader.matrix("precision_factor", shape: [size, size])
    guard (0..<size).allSatisfy({ factor[$0, $0] > 0 }) else {
      throw CoreError.malformedFile(path: url.path, reason: "precision_factor is no Cholesky factor")
    }
    precision = CholeskyFactorization(factor: factor, compute: model.compute)
    try reader.finish()
  }

  /// Writes shift, scale, weights and the precision's Cholesky factor as safetensors, atomically.
  ///
  /// - Throws: `CoreError.unwritableFile`.
  public func write(to url: URL) throws {
    try SafetensorsWriter.write(
      [
        ("shift", [shift.count], shift), ("scale", [scale.count], scale), ("weight", [weights.count], weights),
        ("precision_factor", [precision.count, precision.count], precision.factor),
      ], metadata: ["format": "pt"], to: url)
  }

  /// The rewards of responses with their deviations, in their order.
  ///
  /// - Throws: `ModelError.emptyInput`, `.overLength`; `TokenizerError`.
  public func estimates(of responses: [String], to conversation: Conversation) throws -> [Estimate] {
    try estimates(of: responses, to: conversation, trunk: nil)
  }

  /// The rewards of several responses with their deviations, whose trunk outputs may be kept for later.
  package func estimates(
    of responses: [String], to conversation: Conversation, trunk: TrunkCache?
  ) throws -> [Estimate] {
    let (encoded, places) = try model.reader.encodeDistinct(conversation, responses: responses)
    let states = try Self.states([encoded], model.reader, model.inner[index].base.adapter, trunk) { _, _ in }
    let graph = Graph(model.compute)
    let x = graph.standardize(Variable(constant: states), shift: shift, scale: scale).value
    let means = model.compute.product(x, transposed: false, weights, transposed: true).elements
    let variances = try precision.inverseQuadraticForms(rows: x)
    let estimates = zip(means, variances).map { Estimate(mean: $0, deviation: max(0, $1).squareRoot()) }
    return places.map { estimates[$0] }
  }

  /// Shapes: -> [responses, state size].
  private static func states(
    _ items: [EncodedResponses], _ reader: StateReader, _ adapter: LoRAAdapter, _ cache: TrunkCache?,
    _ progress: ReadingProgress
  ) throws -> Matrix {
    let graph = Graph(reader.compute)
    return Matrix(
      stacking: try items.reading(progress) { item in
        try reader.states(graph, of: [item], experts: [[adapter]], cache: cache).value
      })
  }
}
