import Draws
import Foundation

@testable import DMoECore
@testable import DMoEData
@testable import DMoEModel

extension FuzzTarget {
  /// Folders whose files have to fit together.
  static let folders: [FuzzTarget] = [peftFolder, modelFolder, bundleFolder]

  private static let peftFiles = ["adapter_config.json", "adapter_model.safetensors"]
  private static let huggingFaceFiles = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"]

  /// Writes the files of an input into a folder; an empty one is missing.
  private static func unpack(_ bytes: Data, _ names: [String], into name: String) throws -> URL? {
    guard let files = Parcel.files(Array(bytes), names.count) else { return nil }
    let folder = Scratch.folder(name)
    for (path, file) in zip(names, files) {
      var parent = name
      for part in path.split(separator: "/").dropLast() {
        parent += "/\(part)"
        _ = Scratch.folder(parent)
      }
      if file.isEmpty {
        unlink(folder.appendingPathComponent(path).path)
      } else {
        _ = Scratch.file("\(name)/\(path)", Data(file))
      }
    }
    return folder
  }

  private static let peftFolder = FuzzTarget("peft-folder", mutator: Parcel.mutator(peftFiles)) { bytes in
    guard let folder = try unpack(bytes, peftFiles, into: "peft-folder") else { return }
    try sameAgain(LoRAAdapter(contentsOf: folder, for: numbers))
  }

  /// A Hugging Face folder: configuration, tokenizer, every weight.
  private static let modelFolder = FuzzTarget("model-folder", mutator: Parcel.mutator(huggingFaceFiles)) { bytes in
    guard let folder = try unpack(bytes, huggingFaceFiles, into: "model-folder") else { return }
    let backbone = try Backbone(
      contentsOf: folder, options: ComputeOptions(backend: .reference, threads: 1), checks: .anew)
    try useTokenizer(backbone.tokenizer)
    _ = try? TokenizerConfiguration(contentsOf: folder.appendingPathComponent("tokenizer_config.json"))
    let ids = (0..<3).map { Int32($0 % backbone.configuration.vocabularySize) }
    _ = try? backbone.embed(ids)
  }

  // MARK: Bundles

  /// A bundle of one category with a capability: its files by their paths, the description first.
  private static let bundleSeed = Result {
    let taxonomy = try Taxonomy([TaskCategory(id: "chat", points: [CapabilityPoint(id: "style")])])
    let folder = Scratch.folder.appendingPathComponent("seed.dmoerm")
    try Tiny.model(taxonomy, rank: 1).write(to: folder)
    let others = BundleFolder.files(in: folder).subtracting([BundleManifest.fileName]).sorted()
    return try ([BundleManifest.fileName] + others).map { name in
      (name: name, bytes: [UInt8](try Data(contentsOf: folder.appendingPathComponent(name))))
    }
  }
  private static let bundleFiles = (try? bundleSeed.get().map(\.name)) ?? []

  /// Inputs to begin with that only the library can write, by target.
  static func seeds() throws -> [String: [UInt8]] {
    ["bundle-folder": Parcel.bytes(try bundleSeed.get().map(\.bytes))]
  }

  /// The bundle's files are known when the first input comes, not when the targets are named.
  private static func mutateBundle(_ bytes: [UInt8], _ random: inout Draws) -> [UInt8]? {
    Parcel.mutator(bundleFiles)(bytes, &random)
  }

  /// A bundle is written and read: the same rewards for its golden texts, and the same files when it is written once more.
  private static let bundleFolder = FuzzTarget("bundle-folder", mutator: mutateBundle) { bytes in
    guard let folder = try unpack(bytes, bundleFiles, into: "bundle-folder") else { return }
    let backbone = try Tiny.backbone.get()
    let model = try RewardModel(
      contentsOf: folder, backbone: backbone, options: Tiny.options, goldens: .none, checks: .anew)
    let (first, second) = (Scratch.folder.appendingPathComponent("1st"), Scratch.folder.appendingPathComponent("2nd"))
    // Weights may give numbers that no reward can be, which the first who scores is told.
    do { try model.write(to: first) } catch ModelError.nonFiniteReward { return }
    let again = try must("a bundle that was read cannot be written and read") {
      try RewardModel(contentsOf: first, backbone: backbone, options: Tiny.options, goldens: .all, checks: .anew)
    }
    try must("a bundle that was read again cannot be written") { try again.write(to: second) }
    let names = BundleFolder.files(in: first)
    try require(names == BundleFolder.files(in: second), "other files when it is written again")
    for name in names.sorted() {
      let (old, new) = try (
        Data(contentsOf: first.appendingPathComponent(name)), Data(contentsOf: second.appendingPathComponent(name))
      )
      try require(old == new, "\(name) has other bytes when it is written again")
    }
  }
}
