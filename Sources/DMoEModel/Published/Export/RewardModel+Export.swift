import DMoECore
import DMoEData
public import Foundation

extension RewardModel {
  /// Writes the model for other programs, with its adapter in the weights, one output, tokenizer and template: as the
  /// folder of a classifier that transformers' `AutoModelForSequenceClassification` opens, or as a GGUF file that llama.cpp
  /// scores with (`--pooling rank`, `llama-server --reranking`).
  ///
  /// ```swift
  /// let report = try model.export(to: URL(fileURLWithPath: "my-classifier"))
  /// for loss in report.losses { print(loss) }
  /// try model.export(to: URL(fileURLWithPath: "my-classifier.gguf"), format: .gguf(.float16))
  /// ```
  ///
  /// A classifier holds one linear head over one adapted backbone: a model of several categories, or whose reward several
  /// experts make, is none. `usingBasesOnly()` is one where the category has a trained base.
  ///
  /// - Parameters:
  ///   - url: The folder to write, which must not be there, or be empty, and appears when all of it is written; or the file,
  ///     which is replaced.
  ///   - format: What to write.
  ///   - category: The category to write, of a model that has several.
  /// - Throws: `ModelError.inexpressible` with what would be lost; `CoreError.unwritableFile`.
  @discardableResult
  public func export(
    to url: URL, format: ExportFormat = .huggingFace, category: String? = nil
  ) throws -> ExportReport {
    let head = try exportedHead(category, format)
    guard let source = backbone.location else {
      throw ModelError.inexpressible("the files of its backbone are not known")
    }
    switch format {
    case .huggingFace: return try export(head, from: source, toFolder: url)
    case .gguf(let numbers): return try export(head, from: source, toGGUF: url, numbers)
    }
  }

  private func export(_ head: ExportedHead, from source: URL, toFolder folder: URL) throws -> ExportReport {
    try checkEmpty(folder)
    let padding = exportedPadding
    let original: any ExportSource = source.isFolder ? try FolderSource(source) : try GGUFSource(source, backbone)
    try BundleFolder.replace(folder) { fresh in
      try ClassifierConfigurationFile(fields: original.configuration(depth: depth), padding: padding.id)
        .write(to: fresh.appendingPathComponent("config.json"))
      try original.writeTokenizer(to: fresh, template: configuration.template)
      try ClassifierWeights(source: original, model: backbone, adapter: head.adapter, depth: depth)
        .write(head: head.weight, to: fresh, compute)
    }
    return ExportReport(url: folder, paddingID: padding.id, losses: head.losses + padding.losses)
  }

  /// What alone makes the rewards, with their scale in it, and what is lost by that.
  private func exportedHead(_ category: String?, _ format: ExportFormat) throws -> ExportedHead {
    var losses: [String] = []
    guard companions.isEmpty else {
      throw ModelError.inexpressible(
        "its reward is made of \(companions.count + 1) models over several backbones, and a classifier is one")
    }
    if inner.count > 1 {
      guard category != nil else {
        throw ModelError.inexpressible(
          "it has \(inner.count) categories and a router, and a classifier has neither; one category can be written")
      }
      losses.append("the router and \(inner.count - 1) other categories are not in it")
    }
    let own = inner[inner.count == 1 ? 0 : try index(ofCategory: category ?? "")]
    guard own.isBaseTrained else { throw ModelError.untrainedCategory(own.category.id) }
    guard !own.isMixing else {
      throw ModelError.inexpressible(
        "its reward is made of \(own.experts.count) experts (\(own.category.points.map(\.id).joined(separator: ", "))), "
          + "and a classifier has one head; its base alone can be written")
    }
    let pooling = configuration.pooling
    let isPlain = configuration.lowerDepths?.isEmpty ?? true
    guard isPlain, pooling == .last || pooling == .mean && format != .huggingFace else {
      throw ModelError.inexpressible(
        "it reads the \(configuration.stateWords), and a classifier reads the last token"
          + (isPlain && pooling == .mean ? "; a GGUF file can say so" : ""))
    }
    let scale = own.normalization
    if scale.mean != 0 {
      losses.append(
        "rewards are greater by \(scale.mean / scale.deviation), because a classifier's head has no constant; differences "
          + "are the same")
    }
    let weight = Matrix(row: own.base.head.weight.value.elements.map { $0 / scale.deviation })
    return ExportedHead(adapter: own.base.adapter, weight: weight, pooling: pooling, losses: losses)
  }

  /// A padding token at which no text is read otherwise than here.
  private var exportedPadding: (id: Int32?, losses: [String]) {
    if let id = configuration.paddingID { return (id, []) }
    let end = (try? reader.responseIDs(["a"]))?.first?.last
    let candidates = [reader.tokenizer.padID, reader.tokenizer.eosID, reader.tokenizer.bosID].compactMap { $0 }
    if let id = candidates.first(where: { $0 != end }) { return (id, []) }
    return (
      nil, ["the tokenizer has no token to fill batches with that no text ends with: texts are scored one at a time"]
    )
  }

  private func checkEmpty(_ folder: URL) throws(CoreError) {
    let files = FileManager.default
    guard files.fileExists(atPath: folder.path) else { return }
    guard let content = try? files.contentsOfDirectory(atPath: folder.path) else {
      throw .unwritableFile(path: folder.path, reason: "the folder cannot be made")
    }
    guard content.isEmpty else { throw .unwritableFile(path: folder.path, reason: "the folder is not empty") }
  }
}

/// The one adapter and linear head that a classifier holds.
struct ExportedHead {
  let adapter: LoRAAdapter
  /// Shape: [1, hidden].
  let weight: Matrix
  /// The last token's state, or the mean of all.
  let pooling: StatePooling
  /// What the classifier's rewards differ by, a sentence each.
  let losses: [String]
}
