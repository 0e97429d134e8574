import DMoECore
import DMoEData
public import Foundation

extension RewardModel {
  /// Writes the model as transformers' classifier of its family: a Hugging Face folder with the adapter in the weights, one
  /// output, tokenizer and template, which `AutoModelForSequenceClassification` opens.
  ///
  /// ```swift
  /// let report = try model.export(to: URL(fileURLWithPath: "my-classifier"))
  /// for loss in report.losses { print(loss) }
  /// ```
  ///
  /// A classifier holds one linear head over one adapted backbone: a model of several categories, or whose reward several
  /// experts make, is none. `usingBasesOnly()` is one where the category has a trained base.
  ///
  /// - Parameters:
  ///   - folder: The folder to write; it must not be there, or be empty.
  ///   - category: The category to write, of a model that has several.
  /// - Throws: `ModelError.inexpressible` with what would be lost; `CoreError.unwritableFile`.
  @discardableResult
  public func export(to folder: URL, category: String? = nil) throws -> ExportReport {
    let head = try exportedHead(category)
    guard let source = backbone.location else {
      throw ModelError.inexpressible("the files of its backbone are not known")
    }
    try prepare(folder)
    let padding = exportedPadding
    let original: any ExportSource = source.isFolder ? try FolderSource(source) : try GGUFSource(source, backbone)
    try ClassifierConfigurationFile(fields: original.configuration(depth: depth), padding: padding.id)
      .write(to: folder.appendingPathComponent("config.json"))
    try original.writeTokenizer(to: folder, template: configuration.template)
    try ClassifierWeights(source: original, model: backbone, adapter: head.expert.adapter, depth: depth)
      .write(head: head.weight, to: folder, compute)
    return ExportReport(url: folder, paddingID: padding.id, losses: head.losses + padding.losses)
  }

  /// The expert that alone makes the rewards, its head with the scale of the rewards in it, and what is lost by that.
  private func exportedHead(_ category: String?) throws -> (expert: Expert, weight: Matrix, losses: [String]) {
    var losses: [String] = []
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
    guard configuration.pooling == .last else {
      throw ModelError.inexpressible(
        "it reads the \(configuration.pooling.words), and a classifier reads the last token")
    }
    let scale = own.normalization
    if scale.mean != 0 {
      losses.append(
        "rewards are greater by \(scale.mean / scale.deviation), because a classifier's head has no constant; differences "
          + "are the same")
    }
    let weight = Matrix(row: own.base.head.weight.value.elements.map { $0 / scale.deviation })
    return (own.base, weight, losses)
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

  private func prepare(_ folder: URL) throws {
    do {
      if FileManager.default.fileExists(atPath: folder.path) {
        guard try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty else {
          throw CoreError.unwritableFile(path: folder.path, reason: "the folder is not empty")
        }
      }
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch let error as CoreError { throw error } catch {
      throw CoreError.unwritableFile(path: folder.path, reason: "the folder cannot be made")
    }
  }
}
