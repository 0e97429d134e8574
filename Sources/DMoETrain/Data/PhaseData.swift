/// The samples that one phase trains on, and those that it is validated on.
struct PhaseData<Sample: Sendable>: Sendable {
  var training: [Sample] = []
  var validation: [Sample] = []
  /// How many samples were left out since they are longer than the model reads.
  var overLength = 0
}
