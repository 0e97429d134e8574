import DMoECore
import DMoEData
import Foundation

/// `dmoerm.json`: everything but the weights that it takes to get the same rewards elsewhere.
struct BundleManifest: Codable {
  /// What the backbone was, by content and by name.
  struct BackboneRecord: Codable {
    var fingerprint: String
    var name: String
    var architecture: String
    var hiddenSize: Int
    var layerCount: Int
    var vocabularySize: Int
  }

  /// How text becomes the state that is read.
  struct Reading: Codable {
    /// In words, such as "last token" (the end token after the response) or "mean of all tokens, after layers 8, 16 as well".
    var pooling: String
    var tokenizerFingerprint: String
    /// How the pieces of a conversation are tokenized: each on its own, then laid end to end.
    var tokenization: String
  }

  /// What a category has of its own.
  struct CategoryRecord: Codable {
    var id: String
    var isBaseTrained: Bool
    var hasAggregator: Bool
    /// The points whose experts are there.
    var experts: [String]
    var normalization: RewardNormalization
    /// Of the experts' own rewards, by point; bundles from before they were recorded have none.
    var expertNormalizations: [String: RewardNormalization]?
    /// Those of the base ("base") and the points whose folder holds a value head alone, which reads the backbone without an
    /// adapter; left out if there are none.
    var bare: [String]?
    /// The gate over the objectives of a published model; most categories have none.
    var gate: ObjectiveGate.Record?
  }

  var format: String
  var version: Int
  var configuration: RewardModel.Configuration
  var backbone: BackboneRecord
  var reading: Reading
  /// In which the golden texts were scored; bundles from before it was recorded have none.
  var precision: WeightPrecision?
  var isRouterTrained: Bool
  var categories: [CategoryRecord]
  var goldens: [Golden]
  /// What differences of rewards are divided by; bundles from before it was recorded mean 1.
  var temperature: Float?
  var provenance: [String: String]
  /// What it was imported from; most bundles were trained here and have none.
  var imported: ImportRecord?
  /// The folders, bundles themselves, of an ensemble's members over other backbones; most bundles have none.
  var companions: [String]?

  static let fileName = "dmoerm.json"
  static let formatName = "dmoerm-bundle"
  static let currentVersion = 1

  /// - Throws: `ModelError.malformedBundle`.
  static func read(from folder: URL) throws -> BundleManifest {
    func malformed(_ reason: String) -> ModelError { .malformedBundle(path: folder.path, reason: reason) }
    let url = folder.appendingPathComponent(fileName)
    guard FileManager.default.fileExists(atPath: url.path) else { throw malformed("there is no \(fileName) in it") }
    let data: Data
    do { data = try Data(contentsOf: url) } catch { throw malformed("\(fileName) cannot be read") }
    // The version is looked at first: a newer file may have fields of other types.
    struct Header: Codable {
      var format: String
      var version: Int
    }
    guard let header = try? JSONDecoder().decode(Header.self, from: data), header.format == formatName else {
      throw malformed("\(fileName) is no description of a bundle")
    }
    guard header.version == currentVersion else {
      throw malformed("its format version is \(header.version), this library reads \(currentVersion)")
    }
    do {
      let value = try JSONReader.value(of: data, .strict)
      let manifest = try JSONDecoder().decode(BundleManifest.self, from: data)
      if let stranger = try manifest.unknownKey(in: value) {
        throw malformed("\(fileName) has \(stranger), which this library does not know")
      }
      return manifest
    } catch let error as JSONSyntaxError {
      throw malformed("\(fileName): \(error)")
    } catch DecodingError.keyNotFound(let key, let context) {
      let path = (context.codingPath + [key]).map(\.stringValue).joined(separator: ".")
      throw malformed("\(fileName) lacks \(path)")
    } catch let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context),
      let DecodingError.dataCorrupted(context)
    {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      throw malformed("\(fileName): \(path.isEmpty ? "it" : path) is not what it should be")
    }
  }

  /// The path of a key in a file that this description was read from and does not have: what it says would be lost.
  private func unknownKey(in file: JSONValue) throws -> String? {
    func stranger(_ found: JSONValue, _ known: JSONValue?, _ path: String) -> String? {
      switch (found, known) {
      case (.object(let object), .object(let own)):
        return object.members.lazy.compactMap { member in
          let place = path.isEmpty ? member.key : "\(path).\(member.key)"
          guard let value = own[member.key] else { return member.value == .null ? nil : place }
          return stranger(member.value, value, place)
        }.first
      case (.array(let elements), .array(let own)) where elements.count == own.count:
        return zip(elements, own).enumerated().lazy.compactMap { index, pair in
          stranger(pair.0, pair.1, "\(path)[\(index)]")
        }.first
      default: return nil
      }
    }
    return stranger(file, try JSONReader.value(of: JSONEncoder().encode(self), .strict), "")
  }

  func write(to folder: URL) throws {
    try AtomicFile<CoreError>.write(
      try JSONEncoder.file(self), to: folder.appendingPathComponent(Self.fileName))
  }

  /// Every file a bundle with this description has, relative to it.
  var files: Set<String> {
    var result: Set<String> = [Self.fileName]
    func add(adapter folder: String) {
      result.insert(folder + "/adapter_config.json")
      result.insert(folder + "/adapter_model.safetensors")
    }
    func add(expert name: String, of category: CategoryRecord) {
      let folder = category.id + "/" + name
      if category.isBare(name) { result.insert(folder + "/" + Expert.headFileName) } else { add(adapter: folder) }
    }
    if isRouterTrained {
      result.insert(Router.fileName)
      if configuration.router.adapter != nil { add(adapter: Router.adapterName) }
    }
    for category in categories {
      if category.isBaseTrained { add(expert: Expert.baseName, of: category) }
      for point in category.experts { add(expert: point, of: category) }
      if category.hasAggregator { result.insert(category.id + "/aggregator.safetensors") }
      if category.gate != nil { result.insert(category.id + "/" + ObjectiveGate.fileName) }
    }
    return result
  }
}
