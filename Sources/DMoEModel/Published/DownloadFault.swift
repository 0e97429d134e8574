import DMoECore
import Foundation

/// What is at a path in place of a backbone, where one sentence can say it: another kind of file, or a download that is not
/// whole. Looked at before anything is read.
enum DownloadFault {
  /// - Throws: `ModelError.unreadableBackbone` with what it is and what to do.
  static func check(_ url: URL) throws(ModelError) {
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw .unreadableBackbone(path: url.path, reason: "there is no such file or folder")
    }
    if url.isFolder { try check(folder: url) } else { try check(file: url) }
  }

  // MARK: A file

  private static func check(file url: URL) throws(ModelError) {
    let start = Start(of: url)
    if let reason = start.fault { throw .unreadableBackbone(path: url.path, reason: reason) }
    guard start != .gguf else { return }
    let beside = "name the folder it lies in, with its config.json and tokenizer.json"
    let reason =
      switch (url.lastPathComponent, url.pathExtension) {
      case (let name, "safetensors") where name.hasPrefix("adapter_model"):
        "it is the weights of an adapter, not of a backbone"
      case (_, "safetensors"): "it holds weights alone; \(beside)"
      case (_, "bin"), (_, "pt"), (_, "pth"): "it is a PyTorch file, which is not read; safetensors and GGUF are"
      case ("config.json", _), ("tokenizer.json", _), (_, "index.json"), (_, "json"):
        "it is one file of a model; \(beside)"
      default: "it is no GGUF file; a backbone is a GGUF file or a Hugging Face folder"
      }
    throw .unreadableBackbone(path: url.path, reason: reason)
  }

  // MARK: A folder

  private static func check(folder url: URL) throws(ModelError) {
    let names = Set((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? [])
    func fault(_ reason: String) -> ModelError { .unreadableBackbone(path: url.path, reason: reason) }
    if names.isEmpty { throw fault("the folder is empty") }
    if names.contains("dmoerm.json") { throw fault("it is a bundle, which a backbone is needed for") }
    guard names.contains("config.json") else { throw fault(withoutConfiguration(names)) }
    let weights = names.filter { $0.hasSuffix(".safetensors") }.sorted()
    for name in ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors.index.json"] + weights
    where names.contains(name) {
      if let reason = Start(of: url.appendingPathComponent(name)).fault { throw fault("\(name): \(reason)") }
    }
    guard !names.contains("model.safetensors") else { return }
    guard names.contains("model.safetensors.index.json") else {
      throw fault(withoutWeights(names, weights))
    }
    try checkShards(of: url, names)
  }

  private static func withoutConfiguration(_ names: Set<String>) -> String {
    if names.contains("adapter_config.json") {
      return "it is an adapter and no model: there is no config.json; name the model that it was trained on"
    }
    let models = names.filter { $0.hasSuffix(".gguf") }.sorted()
    if let first = models.first {
      return "there is no config.json in it, but \(models.count == 1 ? first : "\(models.count) GGUF files"); name "
        + (models.count == 1 ? "that file" : "one of them, such as \(first)")
    }
    return "there is no config.json in it; is it the whole download?"
  }

  private static func withoutWeights(_ names: Set<String>, _ weights: [String]) -> String {
    if let shard = weights.first {
      return "it has \(shard), but neither model.safetensors nor model.safetensors.index.json, which lists the shards"
    }
    if let file = names.filter({ $0.hasSuffix(".bin") || $0.hasSuffix(".pth") }).sorted().first {
      return "its weights are PyTorch's (\(file)), which are not read; safetensors and GGUF are"
    }
    return "it has no weights (model.safetensors); is it the whole download?"
  }

  /// Says how many of the listed shards are missing; what the list itself has wrong, its reader says.
  private static func checkShards(of folder: URL, _ names: Set<String>) throws(ModelError) {
    let index = folder.appendingPathComponent("model.safetensors.index.json")
    guard let data = try? Data(contentsOf: index), let value = try? JSONReader.value(of: data),
      let map = value.object?["weight_map"]?.object
    else { return }
    let shards = Set(map.keys.compactMap { map[$0]?.string })
    let missing = shards.subtracting(names).sorted()
    guard let first = missing.first else { return }
    let what =
      missing.count == shards.count
      ? "none of the \(shards.count) files of weights that \(index.lastPathComponent) lists is there"
      : "\(missing.count) of the \(shards.count) files of weights are missing, such as \(first)"
    throw .unreadableBackbone(path: folder.path, reason: what + "; is it the whole download?")
  }
}

/// What the first bytes of a file say it is.
private enum Start: Equatable {
  case gguf
  /// A text that stands for a file kept elsewhere.
  case pointer
  case webPage
  case empty
  case other

  init(of url: URL) {
    guard let file = try? FileHandle(forReadingFrom: url) else {
      self = .other
      return
    }
    defer { try? file.close() }
    let bytes = (try? file.read(upToCount: 64)) ?? Data()
    let text = String(decoding: bytes, as: UTF8.self).lowercased()
    self =
      if bytes.isEmpty { .empty } else if bytes.starts(with: "GGUF".utf8) {
        .gguf
      } else if text.hasPrefix("version https://git-lfs") {
        .pointer
      } else if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") { .webPage } else { .other }
  }

  /// What is wrong with a file that starts so; `nil` where nothing is.
  var fault: String? {
    switch self {
    case .pointer: "it is a Git LFS pointer and not the file itself; `git lfs pull` fetches that"
    case .webPage: "it is a web page, which a server gave in place of the file"
    case .empty: "it is empty; was the download broken off?"
    case .gguf, .other: nil
    }
  }
}
