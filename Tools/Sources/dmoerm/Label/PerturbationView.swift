@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM

/// What a labeling by damage came to, as one JSON object.
struct PerturbationView: Encodable {
  /// Labels by damage in the file.
  var labels: Int
  /// The rows' own preferences in the file.
  var ownRows: Int
  var report: PerturbationReport
  var samples: [PerturbationSamples.Entry]?
}
