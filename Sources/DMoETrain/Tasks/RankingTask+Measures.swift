import DMoECore
import DMoEModel

extension RankingTask {
  /// How many training samples give the mean and deviation of a category's rewards.
  private static let normalizationSamples = 512

  /// The scale of the rewards on training samples.
  func normalization() throws -> RewardNormalization {
    RewardNormalization(of: try measure(Array(data.training.prefix(Self.normalizationSamples))).rewards)
  }

  /// The weighted loss of every validation sample.
  private func validationLosses() throws -> [Double] {
    configuration.loss.losses(try measure(data.validation).rewards, of: data.validation)
  }

  /// What the task gains on its validation prompts over another expert in its place.
  func gain(over other: Expert) throws -> PromptGain {
    var before = self
    before.expert = other
    return try PromptGain(
      from: before.validationLosses(), to: validationLosses(), prompts: data.validation.prompts)
  }

  /// The states that the head reads before any training. Shapes: -> [responses, state size].
  func states(progress: ReadingProgress) throws -> Matrix {
    Matrix(
      stacking: try reader.states(
        ofEach: data.training.map(\.encoded), experts: [stack], trunkLayers: firstTunedLayer, cache: cache,
        ranks: ranks, progress: progress))
  }

  /// Lets the head start as the best linear reward on the states before any training, near another head if given.
  mutating func startHead(near head: ValueHead?, leavesSourcesOut: Bool, progress: ReadingProgress) throws {
    expert.head = try WarmStart.head(
      on: states(progress: progress), data.training, near: head, ridges: configuration.start.ridges,
      leavesSourcesOut: leavesSourcesOut, reader.compute)
  }
}

extension TrainingConfiguration {
  /// The language-model head of the reader's backbone, if the steps are to read it.
  ///
  /// - Throws: `TrainError.invalidConfiguration` if it cannot be read.
  func languageModelHead(of reader: StateReader) throws -> Linear? {
    guard regularization.languageModeling != nil else { return nil }
    do { return try reader.backbone.languageModelHead(reader.compute) } catch {
      throw TrainError.invalidConfiguration(reason: "regularization: the backbone's language-model head: \(error)")
    }
  }
}
