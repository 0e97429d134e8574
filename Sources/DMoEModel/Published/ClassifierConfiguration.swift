import DMoECore
import Foundation

/// What a published model's config.json says of the head over its backbone.
///
/// Source of the defaults: transformers' `configuration_utils.py`; of `mean`, `std` and `value_head_prefix`: OpenRLHF's
/// `openrlhf/models/model.py`; of the gate: `modeling_custom.py` of RLHFlow/ArmoRM-Llama3-8B-v0.1.
struct ClassifierConfiguration {
  /// A gate over several objectives.
  struct Gating {
    let objectives: Int
    let temperature: Float
    let hiddenLayers: Int
  }

  let path: String
  /// The first of `architectures`; empty if there is none.
  let className: String
  /// Whether the model comes with code of its own.
  let hasOwnCode: Bool
  /// By the place of their rows; `nil` if the file does not say.
  let labels: [String]?
  let paddingID: Int32?
  /// As the file has them: a reward model that was not evaluated has 0 for both, and is read all the same.
  let statistics: RewardNormalization?
  let headName: String?
  let gating: Gating
  /// Rows a model has for each objective where it gives quantiles.
  let quantiles: Int?
  /// Whether llama.cpp gives the first channel of the last token's state as the file's rank: it pools so, and has no head.
  let ranksByFirstChannel: Bool
  /// The state that the head reads.
  let pooling: StatePooling

  /// What a folder's config.json or a GGUF file's metadata says.
  init(of backbone: Backbone, at url: URL) throws {
    if url.isFolder {
      try self.init(try ConfigurationFile(contentsOf: url.appendingPathComponent("config.json")))
    } else {
      try self.init(gguf: try GGUFFile(contentsOf: url), backbone)
    }
  }

  /// llama.cpp's converter writes `cls.output.weight` and the labels of its rows.
  private init(gguf file: GGUFFile, _ backbone: Backbone) throws {
    let architecture = backbone.configuration.architecture
    path = file.path
    className = architecture
    hasOwnCode = false
    labels = try file.stringsIfPresent("\(architecture).classifier.output_labels")
    (paddingID, statistics, headName, quantiles) = (nil, nil, nil, nil)
    gating = Gating(objectives: 0, temperature: 1, hiddenLayers: 0)
    let pooling = try file.integerIfPresent("\(architecture).pooling_type")
    // Of Qwen3 llama.cpp takes a softmax, which of a whole state is no reward.
    ranksByFirstChannel =
      backbone.heads.names.isEmpty && pooling == GGUFArchitecture.rankPooling
      && architecture != BackboneFamily.qwen3.rawValue
    let ranked = try file.integerIfPresent("\(architecture).classifier.pooling_type")
    self.pooling = ranked == GGUFArchitecture.meanPooling ? .mean : .last
  }

  /// - Throws: `ModelError.invalidConfiguration`.
  init(_ file: ConfigurationFile) throws {
    path = file.path
    className = try file.strings("architectures")?.first ?? ""
    hasOwnCode = try file.object("auto_map") != nil
    labels = try Self.labels(file)
    paddingID = try file.integer("pad_token_id").map { Int32(clamping: $0) }
    statistics = try Self.statistics(file)
    headName = try file.string("value_head_prefix")
    gating = Gating(
      objectives: try file.integer("num_objectives", missing: 19),
      temperature: Float(try file.double("gating_temperature", missing: 10)),
      hiddenLayers: try file.integer("gating_n_hidden", missing: 3))
    quantiles = try file.integer("num_quantiles")
    (ranksByFirstChannel, pooling) = (false, .last)
  }

  /// `id2label` decides, then `num_labels`; transformers means two labels where both are missing, here the head's rows say.
  private static func labels(_ file: ConfigurationFile) throws -> [String]? {
    guard let table = try file.object("id2label") else {
      guard let count = try file.integer("num_labels") else { return nil }
      guard (1...1 << 16).contains(count) else { throw file.invalid("num_labels", "is \(count)") }
      return (0..<count).map { "LABEL_\($0)" }
    }
    let pairs = try table.keys.map { key in
      guard let place = Int(key) else { throw file.invalid("id2label", "has the key \(key), which is no number") }
      return (place, try table.requiredString(key))
    }.sorted { $0.0 < $1.0 }
    guard pairs.map(\.0) == Array(0..<pairs.count), !pairs.isEmpty else {
      throw file.invalid("id2label", "does not number its labels from 0")
    }
    return pairs.map(\.1)
  }

  private static func statistics(_ file: ConfigurationFile) throws -> RewardNormalization? {
    guard let mean = try file.double("mean"), let deviation = try file.double("std") else { return nil }
    guard mean.isFinite, deviation.isFinite else { return nil }
    return RewardNormalization(mean: Float(mean), deviation: Float(deviation))
  }
}
