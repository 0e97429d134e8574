import DMoECore
import DMoEData

/// The objectives and the gate of ArmoRM's class, `LlamaForRewardModelWithGating`.
///
/// The gate reads the state at the end of the last user turn, where the header that asks for the response begins: the class
/// looks for the ids of that header.
struct PublishedObjectives {
  /// One row an objective. Shape: [objectives, hidden].
  let rows: Matrix
  let gate: ObjectiveGate
  let names: [String]
  let tensors: [String]

  static let className = "LlamaForRewardModelWithGating"

  /// Whether the head in the files is of this kind.
  static func isHead(_ names: [String]) -> Bool { names.contains("regression_layer.weight") }

  /// - Throws: `ModelError.unsupportedRewardModel` for another class or further tensors; `CoreError` for misshapen ones.
  init(_ backbone: Backbone, _ configuration: ClassifierConfiguration, _ template: ConversationTemplate) throws {
    func refused(_ reason: String) -> ModelError {
      .unsupportedRewardModel(path: configuration.path, reason: reason)
    }
    if let reason = UnsupportedHead.reason(configuration, backbone.heads.names) { throw refused(reason) }
    guard configuration.className == Self.className else {
      throw refused(
        "its class \(configuration.className) is not known; objectives and a gate are read of \(Self.className)")
    }
    let settings = configuration.gating
    let objectives = settings.objectives
    guard (1...1024).contains(objectives), (0...64).contains(settings.hiddenLayers) else {
      throw refused("it has \(objectives) objectives, and a gate of \(settings.hiddenLayers) hidden layers")
    }
    let rows = try PublishedHead.rows("regression_layer.weight", backbone)
    guard rows.rows == objectives else {
      throw refused("regression_layer.weight has \(rows.rows) rows, and num_objectives is \(objectives)")
    }
    let layerNames = (0...settings.hiddenLayers).map { "gating.layers.\($0)" }
    let known =
      ["regression_layer.weight", "reward_transform_matrix", "gating.logit_scale"]
      + layerNames.flatMap { ["\($0).weight", "\($0).bias"] }
    if let stranger = backbone.heads.names.first(where: { !known.contains($0) }) {
      throw refused("its head has \(stranger), which is not known")
    }
    guard let token = backbone.tokenizer?.tokenID(of: template.endToken) else {
      throw TokenizerError.missingToken(template.endToken)
    }
    guard settings.temperature > 0 else { throw refused("gating_temperature is \(settings.temperature)") }
    func values(_ name: String, _ shape: [Int]) throws -> Matrix {
      guard let stored = try backbone.heads.tensor(name) else {
        throw CoreError.missingTensor(name: name, path: configuration.path)
      }
      guard stored.shape == shape else {
        throw CoreError.shapeMismatch(name: name, path: stored.path, expected: shape, found: stored.shape)
      }
      let values = stored.matrix()
      guard values.isFinite else { throw CoreError.nonFinite("\(name) of \(stored.path)") }
      return values
    }
    var width = backbone.configuration.hiddenSize
    let layers = try layerNames.enumerated().map { place, name in
      let outputs =
        try place == settings.hiddenLayers
        ? objectives : backbone.heads.tensor("\(name).bias")?.count ?? 0
      defer { width = outputs }
      return Linear(try values("\(name).weight", [outputs, width]), bias: try values("\(name).bias", [outputs]))
    }
    gate = ObjectiveGate(
      layers: layers, transform: try values("reward_transform_matrix", [objectives, objectives]),
      temperature: settings.temperature, scale: try values("gating.logit_scale", [1])[0, 0], token: token)
    self.rows = rows
    tensors = known
    names = objectives == Self.published.count ? Self.published : (1...max(1, objectives)).map { "objective-\($0)" }
  }

  /// The category with a point for each objective.
  var category: TaskCategory {
    TaskCategory(id: "general", name: "General", points: names.map { CapabilityPoint(id: $0) })
  }

  /// The mixture over a backbone of this many layers; its base is what the gate gives if every objective counts alike.
  func mixture(_ category: TaskCategory, layerCount: Int) -> InnerMoE {
    func bare(_ weight: Matrix) -> Expert {
      Expert(adapter: LoRAAdapter(layerCount: layerCount), head: ValueHead(weight))
    }
    let share = gate.scale / Float(max(1, rows.rows))
    var mean = [Float](repeating: 0, count: rows.columns)
    for objective in 0..<rows.rows {
      let weight = share * gate.transform.row(objective).reduce(0, +)
      for channel in mean.indices { mean[channel] += weight * rows[objective, channel] }
    }
    return InnerMoE(
      category: category, base: bare(Matrix(row: mean)),
      objectives: (0..<rows.rows).map { bare(rows.rows($0..<$0 + 1)) }, gate: gate)
  }

  /// ArmoRM's objectives, in the order of its rows (the model's card).
  private static let published = [
    "helpsteer-helpfulness", "helpsteer-correctness", "helpsteer-coherence", "helpsteer-complexity",
    "helpsteer-verbosity", "ultrafeedback-overall_score", "ultrafeedback-instruction_following",
    "ultrafeedback-truthfulness", "ultrafeedback-honesty", "ultrafeedback-helpfulness", "beavertails-is_safe",
    "prometheus-score", "argilla-overall_quality", "argilla-judge_lm", "code-complexity", "code-style",
    "code-explanation", "code-instruction-following", "code-readability",
  ]
}
