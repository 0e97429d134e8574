import DMoEData
import DMoEModel

/// An encoder of samples into the examples that ranking phases train on.
struct ExampleEncoder {
  let reader: StateReader
  let loss: RankingLoss
  /// Samples longer than the model reads are left out and counted; otherwise the first of them is an error.
  var skipsOverLength = true
  /// What lengths alone explain of the training examples is taken out of all.
  var debiasesLength = false

  /// The examples of the samples that form a pair.
  ///
  /// - Throws: `ModelError.overLength` unless such samples are skipped; `TokenizerError`.
  func examples(of samples: PhaseData<RankedResponses>) throws -> PhaseData<RankedExample> {
    var result = PhaseData<RankedExample>()
    func encode(_ samples: [RankedResponses]) throws -> [RankedExample] {
      try samples.compactMap { sample in
        do {
          return try RankedExample(sample, reader, loss)
        } catch ModelError.overLength where skipsOverLength {
          result.overLength += 1
          return nil
        }
      }
    }
    result.training = try encode(samples.training)
    result.validation = try encode(samples.validation)
    guard debiasesLength else { return result }
    let bias = try LengthBias(of: result.training, reader.compute)
    result.training = result.training.map { $0.relieved(of: bias) }
    result.validation = result.validation.map { $0.relieved(of: bias) }
    return result
  }
}

extension ExampleEncoder {
  /// The encoder of a run.
  init(_ reader: StateReader, _ configuration: TrainingConfiguration) {
    self.init(
      reader: reader, loss: configuration.loss, skipsOverLength: configuration.data.skipsOverLength,
      debiasesLength: configuration.loss.debiasesLength)
  }
}
