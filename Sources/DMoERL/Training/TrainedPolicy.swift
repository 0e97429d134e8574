import DMoECore
import DMoEModel
import DMoEPolicy

/// What a run changes: the adapter of a policy and, where advantages are made of values, the head that gives them.
struct TrainedPolicy: Sendable, ParameterTree {
  /// The policy as it is now.
  var model: LanguageModel
  /// The value head over the policy's states.
  var valueHead: ValueHead?

  /// A policy before its first step.
  ///
  /// - Throws: `PolicyError.noAdapter`.
  init(_ model: LanguageModel, by estimator: AdvantageEstimator) throws {
    guard model.adapter != nil else { throw PolicyError.noAdapter }
    self.model = model
    if estimator.usesValues { valueHead = ValueHead(Matrix(zeros: 1, model.backbone.configuration.hiddenSize)) }
  }

  /// Whether no parameter has grown out of what a number can hold.
  var isFinite: Bool { parameterValues().allSatisfy(\.value.isFinite) }

  /// What the paths of the value head's parameters begin with.
  static let valuePath = "value"

  /// Whether a parameter is the value head's, by its path.
  static func isOfValues(_ path: String) -> Bool { path.hasPrefix(valuePath + ".") }

  mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try model.adapter?.visitParameters(path, body)
    try valueHead?.visitParameters(parameterPath(path, Self.valuePath), body)
  }
}
