@_spi(Command) public import DMoEData

extension TrainingConfiguration {
  /// The samples of overall preference that no phase trains on: the validation parts of the splits.
  ///
  /// - Throws: `DataError.invalidFractions`.
  public func validationSamples(_ samples: [RankedResponses]) throws -> [RankedResponses] {
    let split = try split()
    return samples.filter { $0.capability == nil && split.part(of: $0.conversation).isValidation }
  }
}
