import DMoECore
import Foundation

/// The files of a backbone, as a classifier's folder is made from them.
protocol ExportSource {
  /// The members of config.json, without what a head decides.
  ///
  /// - Parameter depth: How many layers there are.
  func configuration(depth: Int) throws -> [String: Any]
  /// The names of the tensors that a classifier has, below `model.`, and nothing of a head.
  func tensorNames(depth: Int) throws -> [String]
  /// The numbers and the shape of a tensor.
  func tensor(_ name: String) throws -> (values: Matrix, shape: [Int])
  /// Writes tokenizer.json and what goes with it, with the template.
  func writeTokenizer(to folder: URL, template: ConversationTemplate) throws
}

/// A Hugging Face folder: all is there.
struct FolderSource: ExportSource {
  private let folder: URL
  private let weights: SafetensorsCollection
  /// What stands before the names in the files: `model.`, or nothing in a bare model's.
  private let prefix: String

  init(_ folder: URL) throws {
    self.folder = folder
    weights = try SafetensorsCollection(folder: folder)
    prefix = weights.contains("model.embed_tokens.weight") ? "model." : ""
  }

  func configuration(depth: Int) throws -> [String: Any] {
    let url = folder.appendingPathComponent("config.json")
    guard var fields = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any] else {
      throw ModelError.unreadableBackbone(path: url.path, reason: "the file is no JSON object")
    }
    fields["num_hidden_layers"] = depth
    if let types = fields["layer_types"] as? [Any] { fields["layer_types"] = Array(types.prefix(depth)) }
    return fields
  }

  func tensorNames(depth: Int) throws -> [String] {
    weights.names.filter { name in
      guard name.hasPrefix(prefix), name != "lm_head.weight", !HeadTensors.isHead(name),
        !name.hasSuffix("rotary_emb.inv_freq")
      else { return false }
      let parts = name.dropFirst(prefix.count).split(separator: ".")
      guard parts.first == "layers", parts.count > 1 else { return true }
      return Int(parts[1]).map { $0 < depth } ?? true
    }.map { String($0.dropFirst(prefix.count)) }
  }

  func tensor(_ name: String) throws -> (values: Matrix, shape: [Int]) {
    let stored = try weights.tensor(named: prefix + name)
    return (stored.matrix(), stored.shape)
  }

  func writeTokenizer(to target: URL, template: ConversationTemplate) throws {
    let files = FileManager.default
    for name in ["tokenizer.json", "special_tokens_map.json", "added_tokens.json"] {
      let file = folder.appendingPathComponent(name)
      guard files.fileExists(atPath: file.path) else { continue }
      try AtomicFile<CoreError>.write(try Data(contentsOf: file), to: target.appendingPathComponent(name))
    }
    let file = folder.appendingPathComponent("tokenizer_config.json")
    let fields = try (try? Data(contentsOf: file)).map { try JSONSerialization.jsonObject(with: $0) }
    // The model's own text where that is the template: it needs no translation.
    let own = (try? ConversationTemplate.recognized(inFolder: folder)) == template
    if own {
      for name in ["chat_template.jinja", "chat_template.json"] {
        let file = folder.appendingPathComponent(name)
        guard files.fileExists(atPath: file.path) else { continue }
        try write(template: try Data(contentsOf: file), to: target.appendingPathComponent(name))
      }
    }
    try TokenizerConfigurationFile(fields: fields as? [String: Any] ?? [:], template: own ? nil : template)
      .write(to: target.appendingPathComponent("tokenizer_config.json"))
  }

  private func write(template: Data, to url: URL) throws {
    guard url.pathExtension == "json" else {
      return try AtomicFile<CoreError>.write(
        Data(FrozenDate.jinja(String(decoding: template, as: UTF8.self)).utf8), to: url)
    }
    var fields = try JSONSerialization.jsonObject(with: template) as? [String: Any] ?? [:]
    if let own = fields["chat_template"] { fields["chat_template"] = FrozenDate.template(own) }
    try AtomicFile<CoreError>.write(try ClassifierConfigurationFile.json(fields), to: url)
  }
}
