import DMoECore

/// The tensors in a backbone's files that belong to a head over it (a reward model's `score.weight`, a value head, a gate)
/// and not to the backbone. They stay in their files until they are asked for.
struct HeadTensors: Sendable {
  private let tensors: [String: Result<StoredTensor, CoreError>]

  /// The names in the files, sorted.
  var names: [String] { tensors.keys.sorted() }

  /// Those of the source's tensors that are a head's.
  ///
  /// - Parameter named: The name of a head that the configuration says, such as OpenRLHF's `value_head_prefix`.
  init(_ source: some TensorSource, named: String? = nil) {
    let names = source.names.filter { Self.isHead($0, named: named) }
    tensors = Dictionary(
      uniqueKeysWithValues: names.map { name in
        (name, Result { () throws(CoreError) in try source.tensor(named: name) })
      })
  }

  /// Files without a head.
  init() { tensors = [:] }

  /// Whether there is a tensor of this name.
  func contains(_ name: String) -> Bool { tensors[name] != nil }

  /// The tensor of this name; `nil` if there is none.
  ///
  /// - Throws: `CoreError.unsupportedTensorType`.
  func tensor(_ name: String) throws(CoreError) -> StoredTensor? { try tensors[name]?.get() }

  /// The first parts of the names that published heads have: transformers' classifiers, OpenRLHF, TRL's value heads,
  /// ArmoRM and those after it, UltraRM and Eurus, llama.cpp's `cls` tensors.
  private static let prefixes: Set<String> = [
    "score", "classifier", "value_head", "v_head", "regression_head", "regression_layer", "reward_head", "rm_head",
    "gating", "gating_network", "gating_newtork", "reward_transform_matrix", "cls",
  ]

  /// Whether a tensor of this name is a head's.
  static func isHead(_ name: String, named own: String? = nil) -> Bool {
    let first = String(name.prefix { $0 != "." })
    return prefixes.contains(first) || first == own
  }
}
