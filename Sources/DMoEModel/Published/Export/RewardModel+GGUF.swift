import DMoECore
import Foundation

extension RewardModel {
  /// Writes the GGUF file of a classifier.
  ///
  /// - Throws: `ModelError.inexpressible` for a family or setting that llama.cpp's graphs do not have, or a tokenizer that is
  ///   not written; `CoreError.unwritableFile`, `.nonFinite` for weights that the asked numbers do not hold.
  func export(
    _ head: ExportedHead, from source: URL, toGGUF url: URL, _ numbers: ExportFormat.Numbers
  ) throws -> ExportReport {
    let architecture = try GGUFArchitecture(backbone.configuration, depth: depth)
    let texts = try GGUFTemplates(reader, at: source)
    var metadata: [(key: String, value: GGUFWriter.Value)] = [
      ("general.architecture", .string(architecture.name)), ("general.type", .string("model")),
      ("general.name", .string(url.deletingPathExtension().lastPathComponent)),
      ("general.description", .string("A reward model over \(backbone.name), written by DMoERM")),
      ("general.file_type", .uint32(numbers.fileType)), ("general.quantization_version", .uint32(2)),
    ]
    metadata += architecture.metadata
    if head.pooling == .mean {
      metadata.append(("\(architecture.name).classifier.pooling_type", .uint32(UInt32(GGUFArchitecture.meanPooling))))
    }
    if architecture.head == .squashed {
      metadata.append(("\(architecture.name).classifier.output_labels", .strings(["yes", "no"])))
    }
    metadata += try GGUFTokenizer.metadata(of: backbone, at: source) + texts.metadata
    let tensors = GGUFTensors(
      backbone, head.adapter, depth: depth, architecture: architecture, head: head.weight, numbers: numbers, compute)
    try GGUFWriter.write(metadata: metadata, tensors: tensors.all, to: url)
    return ExportReport(
      url: url, paddingID: nil,
      losses: head.losses + architecture.losses + texts.losses
        + (architecture.head == .squashed ? [Self.squashing] : []))
  }

  private static let squashing =
    "llama.cpp squashes what it gives of Qwen3: p = 1 / (1 + exp(-reward)), of which ln(p / (1 - p)) is the reward; "
    + "its second output is 1 - p"
}
