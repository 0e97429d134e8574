import Foundation

@testable import DMoECore
@testable import DMoEData
@testable import DMoEFoundation
@testable import DMoEModel

extension FuzzTarget {
  /// The JSON files of models.
  static let modelFiles: [FuzzTarget] = [
    tokenizer, configuration, adapterConfiguration, bundle, template, templateFile,
  ]

  private static let tokenizer = FuzzTarget("tokenizer", mutator: JSONMutator.mutate) { bytes in
    let tokenizer = try Tokenizer(tokenizerJSON: Scratch.file("tokenizer.json", bytes))
    try useTokenizer(tokenizer)
  }

  private static let configuration = FuzzTarget("config", mutator: JSONMutator.mutate) { bytes in
    let file = try ConfigurationFile(contentsOf: Scratch.file("config.json", bytes))
    _ = try? ClassifierConfiguration(file)
    let (configuration, _) = try BackboneConfiguration.read(huggingFace: file)
    try require(
      configuration.hiddenSize > 0 && configuration.heads % configuration.keyValueHeads == 0
        && configuration.attentionScale.isFinite && configuration.normEpsilon > 0,
      "sizes that do not fit together were taken")
    // The angles of the first positions, which starting a model makes.
    _ = Backbone.tables(
      configuration, layers: 0..<min(2, configuration.layerCount), positions: min(8, configuration.contextLength))
  }

  private static let adapterConfiguration = FuzzTarget("adapter-config", mutator: JSONMutator.mutate) { bytes in
    let folder = Scratch.folder("peft")
    _ = Scratch.file("peft/adapter_config.json", bytes)
    let weights = folder.appendingPathComponent("adapter_model.safetensors")
    if !FileManager.default.fileExists(atPath: weights.path) {
      var tensors: [(name: String, shape: [Int], values: Matrix)] = []
      for layer in 0..<numbers.layerCount {
        for (path, outputs) in [("self_attn.q_proj", 32), ("self_attn.v_proj", 16)] {
          let name = "base_model.model.model.layers.\(layer).\(path)"
          tensors.append((name + ".lora_A.weight", [2, 32], Matrix(2, 32, (0..<64).map { Float($0) / 64 })))
          tensors.append(
            (name + ".lora_B.weight", [outputs, 2], Matrix(outputs, 2, (0..<outputs * 2).map { Float($0) / 64 })))
        }
      }
      try SafetensorsWriter.write(tensors, to: weights)
    }
    try sameAgain(LoRAAdapter(contentsOf: folder, for: numbers))
  }

  private static let bundle = FuzzTarget("bundle", mutator: JSONMutator.mutate) { bytes in
    let folder = Scratch.folder("bundle")
    _ = Scratch.file("bundle/dmoerm.json", bytes)
    let manifest = try BundleManifest.read(from: folder)
    _ = try? manifest.configuration.validate(for: numbers)
    for file in manifest.files {
      try require(
        !file.split(separator: "/").contains("..") && !file.hasPrefix("/"), "a bundle names \(file), outside of it")
    }
    let other = Scratch.folder("bundle-again")
    let again = try must("the description cannot be written and read") {
      try manifest.write(to: other)
      return try BundleManifest.read(from: other)
    }
    let encoder = JSONEncoder.canonical
    try require(try encoder.encode(manifest) == encoder.encode(again), "another description when it is read again")
  }

  /// A chat template in Jinja: a few bytes of it decide whether it is known.
  private static let template = FuzzTarget("template") { bytes in
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    _ = JinjaFingerprint.symbols(text)
    let template = try ConversationTemplate.recognized(jinja: text, bosToken: "<s>", eosToken: "</s>")
    try render(template)
  }

  private static func render(_ template: ConversationTemplate) throws {
    for turns in [
      [("user", "Hi")], [("system", " Be kind. "), ("user", "a\n"), ("assistant", "<think>b</think> c"), ("user", "")],
    ] {
      _ = try? template.promptText(turns: turns)
    }
    _ = try? template.responseText(" x<|im_end|> ")
  }

  private static let templateFile = FuzzTarget("template-file", mutator: JSONMutator.mutate) { bytes in
    let template = try ConversationTemplate(contentsOf: Scratch.file("dmoerm-template.json", bytes))
    try render(template)
    let again = try must("the template cannot be written and read") {
      try ConversationTemplate(contentsOf: Scratch.file("again.json", JSONEncoder.file(template)))
    }
    try require(again == template, "another template when it is read again")
  }
}
