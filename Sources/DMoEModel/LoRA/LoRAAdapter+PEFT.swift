import DMoECore
public import Foundation

/// Reads and writes the adapter folders of the Python PEFT library, strictly: nothing is skipped in silence.
extension LoRAAdapter {
  /// Reads a PEFT folder, or a GGUF file of an adapter as llama.cpp has them; a value head in a folder is ignored here (`Expert`
  /// reads it).
  ///
  /// - Throws: `ModelError.unsupportedAdapter`, `.adapterMismatch`; `CoreError` for missing, misshapen or left-over
  ///   tensors and broken files.
  public init(contentsOf folder: URL, for backbone: BackboneConfiguration) throws {
    var isFolder: ObjCBool = true
    if FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), !isFolder.boolValue {
      self = try LoRAAdapter(gguf: folder, for: backbone)
    } else {
      self = try Self.read(folder, for: backbone, stateSize: nil).adapter
    }
  }

  /// - Parameter stateSize: The number of channels that a value head in the folder reads; `nil` takes what any reward model
  ///   reads, parts of the hidden size side by side.
  static func read(
    _ folder: URL, for backbone: BackboneConfiguration, stateSize: Int?
  ) throws -> (adapter: LoRAAdapter, head: Matrix?) {
    let configuration = try PEFTConfiguration(contentsOf: folder.appendingPathComponent(configurationName))
    let reader = WeightReader(
      try SafetensorsFile(contentsOf: folder.appendingPathComponent(weightsName)))
    let model = reader.scope("base_model.model")
    // PEFT writes `model.layers` for a causal LM or classifier, `layers` for a bare model, more for one that sees pictures.
    let scopes = ["model.", "model.language_model.", "language_model.model.", ""]
    let names = model.names
    let prefix = scopes.first { scope in names.contains { $0.hasPrefix(scope + "layers.") } } ?? "model."
    /// The factors and scaling of the module with this path below the layers' root, if it is adapted.
    func module(_ path: String, outputs: Int, inputs: Int) throws -> LoRAModule? {
      let name = prefix + path
      let isAdapted = try configuration.targets.contains(name) ?? model.contains(name + ".lora_A.weight")
      guard isAdapted else { return nil }
      let (rank, scaling) = try configuration.rankAndScaling(of: name)
      let a = try model.tensor(name + ".lora_A.weight", shape: [rank, inputs])
      let b = try model.tensor(name + ".lora_B.weight", shape: [outputs, rank])
      return LoRAModule(a: a.matrix(), b: b.matrix(), scaling: scaling, dropout: configuration.dropout)
    }
    var adapter = LoRAAdapter(layerCount: backbone.layerCount, fusedOutputs: backbone.fusedOutputs)
    for layer in 0..<backbone.layerCount {
      for projection in Projection.allCases where backbone.fused(projection) == nil {
        let (outputs, inputs) = backbone.shape(of: projection)
        adapter[layer, projection] = try module(
          "layers.\(layer).\(projection.path)", outputs: outputs, inputs: inputs)
      }
      for fused in FusedProjection.allCases {
        guard let outputs = adapter.fusedOutputs?[fused] else { continue }
        let whole = try module(
          "layers.\(layer).\(fused.path)", outputs: outputs.reduce(0, +), inputs: backbone.hiddenSize)
        guard let whole else { continue }
        for (part, own) in zip(fused.parts, whole.split(outputs)) { adapter[layer, part] = own }
      }
    }
    let widest = 2 * backbone.layerCount
    let widths = stateSize.map { [$0] } ?? (1...widest).map { $0 * backbone.hiddenSize }
    let fitting = widths.first { (try? model.optional("score.weight", shape: [1, $0])) != nil }
    let head = try model.optional("score.weight", shape: [1, fitting ?? widths[0]])?.matrix()
    if configuration.savesHead && head == nil {
      throw CoreError.missingTensor(name: "base_model.model.score.weight", path: reader.path)
    }
    try reader.finish()
    guard adapter.firstLayer < backbone.layerCount else {
      throw ModelError.adapterMismatch(path: folder.path, reason: "it adapts no layer of the backbone")
    }
    guard adapter.isFinite, head?.isFinite ?? true else {
      throw ModelError.unsupportedAdapter(path: folder.path, reason: "a weight or the scale of one is not finite")
    }
    return (adapter, head)
  }

  /// Writes a PEFT folder that `peft` opens over the same backbone.
  ///
  /// - Parameters:
  ///   - folder: The folder to write into; it is made if it is not there.
  ///   - backboneName: What `base_model_name_or_path` says.
  /// - Throws: `ModelError.unsupportedAdapter` if it adapts no layer; `CoreError.unwritableFile` if a file cannot be written.
  public func write(to folder: URL, backboneName: String) throws {
    try write(to: folder, backboneName: backboneName, task: .sequenceClassification)
  }

  /// The same, for a model of some task.
  package func write(to folder: URL, backboneName: String, task: PEFTTask) throws {
    guard firstLayer < layerCount else {
      throw ModelError.unsupportedAdapter(path: folder.path, reason: "it adapts no layer")
    }
    try write(to: folder, head: nil, backboneName: backboneName, task: task)
  }

  private var isFinite: Bool {
    var result = true
    forEachModule { _, _, module in
      result = result && module.a.value.isFinite && module.b.value.isFinite && module.scaling.isFinite
    }
    return result
  }

  /// Writes a PEFT folder that `peft` opens over the same backbone, with the value head as `score.weight`.
  ///
  /// transformers' classifier reads the last token that is not the configuration's `pad_token_id`; only where no text ends
  /// with that token is its logit the reward (`Docs/Architecture.md`).
  ///
  /// - Throws: `CoreError.unwritableFile` if a file cannot be written.
  func write(
    to folder: URL, head: Matrix?, backboneName: String, task: PEFTTask = .sequenceClassification
  ) throws {
    var tensors: [(name: String, shape: [Int], values: Matrix)] = []
    let all = try storedModules(folder)
    for (layer, path, module) in all {
      for (suffix, parameter) in [("lora_A", module.a), ("lora_B", module.b)] {
        tensors.append(
          (
            "base_model.model.model.layers.\(layer).\(path).\(suffix).weight",
            [parameter.value.rows, parameter.value.columns], parameter.value
          ))
      }
    }
    if let head { tensors.append(("base_model.model.score.weight", [1, head.columns], head)) }
    guard let first = all.first?.module else {
      preconditionFailure("LoRAAdapter.write: the adapter has no modules")
    }
    let rank = first.a.value.rows
    // In double precision, so that reading divides back to the same scaling.
    func alpha(of module: LoRAModule) -> Double { Double(module.scaling) * Double(module.a.value.rows) }
    var rankPattern: [String: Int] = [:]
    var alphaPattern: [String: Double] = [:]
    for (layer, path, module) in all {
      let own = module.a.value.rows
      let pattern = "model.layers.\(layer).\(path)".replacingOccurrences(of: ".", with: "\\.")
      if own != rank { rankPattern[pattern] = own }
      if own != rank || module.scaling != first.scaling { alphaPattern[pattern] = alpha(of: module) }
    }
    let adapted = Set(all.map(\.layer))
    let paths = storedPaths.filter { path in all.contains { $0.path == path } }
    // Where layers differ in what is adapted, only whole paths say so.
    let isUniform = adapted.count * paths.count == all.count
    let listsLayers = isUniform && adapted.count < layerCount
    let fields: [String: Any] = [
      "peft_type": "LORA", "task_type": task.rawValue, "base_model_name_or_path": backboneName, "r": rank,
      "lora_alpha": alpha(of: first), "lora_dropout": Double("\(first.dropout)") ?? 0, "bias": "none",
      "target_modules": isUniform
        ? paths.compactMap { $0.split(separator: ".").last.map(String.init) }
        : all.map { "layers.\($0.layer).\($0.path)" },
      "layers_to_transform": listsLayers ? adapted.sorted() as Any : NSNull(),
      "layers_pattern": listsLayers ? "layers" as Any : NSNull(),
      "rank_pattern": rankPattern, "alpha_pattern": alphaPattern, "use_rslora": false,
      "use_dora": false, "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true,
      "modules_to_save": head == nil ? NSNull() : ["score"] as Any,
    ]
    let bytes: Data
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      bytes = try JSONSerialization.data(
        withJSONObject: fields, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    } catch {
      throw CoreError.unwritableFile(path: folder.path, reason: "the folder cannot be written")
    }
    let weights = try SafetensorsWriter.finished(
      tensors, metadata: ["format": "pt"], for: folder.appendingPathComponent(Self.weightsName))
    do {
      try Self.replace(folder.appendingPathComponent(Self.configurationName), by: bytes, with: weights)
    } catch {
      weights.discard()
      throw error
    }
  }

  /// The names of a PEFT folder's two files.
  static let (configurationName, weightsName) = ("adapter_config.json", "adapter_model.safetensors")

  /// Puts both files of an adapter in their places. Meanwhile there is no configuration, unless it stays as it is, so that a
  /// kill leaves no adapter rather than the weights of one with the scale of another.
  private static func replace(
    _ url: URL, by bytes: Data, with weights: PendingFile<CoreError>
  ) throws(CoreError) {
    let old = try? Data(contentsOf: url)
    let configuration = try PendingFile<CoreError>(replacing: url)
    do throws(CoreError) {
      try configuration.append(bytes)
      try configuration.finish()
      if old != bytes { unlink(url.path) }
      do throws(CoreError) { try weights.commit() } catch {
        if let old, old != bytes { try? AtomicFile<CoreError>.write(old, to: url) }
        throw error
      }
      try configuration.commit()
    } catch {
      configuration.discard()
      throw error
    }
  }
}
