public import Foundation

extension Taxonomy {
  /// Reads a taxonomy from a JSON file; every key that is not named here is an error.
  ///
  /// ```json
  /// {"categories": [
  ///   {"id": "roleplay", "name": "Roleplay", "chineseName": "角色扮演", "aliases": ["role-play"], "points": [
  ///     {"id": "empathy", "name": "Empathy", "chineseName": "共情能力", "rubric": "The response ..."}]}]}
  /// ```
  /// Only `categories`, `id` and `points` are required.
  ///
  /// - Throws: `DataError.unreadableFile`, `.malformedTaxonomy` with the key at fault, or what `init(_:)` throws.
  public init(contentsOf url: URL) throws(DataError) {
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw .unreadableFile(path: url.path, reason: error.localizedDescription)
    }
    let file: TaxonomyFile
    do {
      file = try JSONDecoder.strictly(TaxonomyFile.self, from: data)
    } catch {
      throw .malformedTaxonomy(path: url.path, reason: RowReason.describe(error))
    }
    try self.init(file.categories)
  }

  /// The taxonomy as JSON that `init(contentsOf:)` reads, with sorted keys and a newline at the end.
  public func json() throws -> Data {
    try JSONEncoder.file(self)
  }
}

extension Taxonomy: Codable {
  private enum CodingKeys: CodingKey { case categories }

  /// Reads the form of `init(contentsOf:)`, as strictly.
  public init(from decoder: any Decoder) throws {
    try self.init(TaxonomyFile(from: decoder).categories)
  }

  /// Writes the form of `init(contentsOf:)`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(categories, forKey: .categories)
  }
}

/// The strict form of a taxonomy file.
private struct TaxonomyFile: Decodable {
  let categories: [TaskCategory]

  init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: RowKey.self)
    try row.refuseKeys(besides: ["categories"])
    categories = try row.decode([CategoryEntry].self, forKey: "categories").map(\.category)
  }
}

private struct CategoryEntry: Decodable {
  let category: TaskCategory

  init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: RowKey.self)
    try row.refuseKeys(besides: ["id", "name", "chineseName", "aliases", "points"])
    category = TaskCategory(
      id: try row.decode(String.self, forKey: "id"),
      name: try row.decodeIfPresent(String.self, forKey: "name"),
      chineseName: try row.decodeIfPresent(String.self, forKey: "chineseName"),
      aliases: try row.decodeIfPresent([String].self, forKey: "aliases") ?? [],
      points: try row.decode([PointEntry].self, forKey: "points").map(\.point))
  }
}

private struct PointEntry: Decodable {
  let point: CapabilityPoint

  init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: RowKey.self)
    try row.refuseKeys(besides: ["id", "name", "chineseName", "rubric"])
    point = CapabilityPoint(
      id: try row.decode(String.self, forKey: "id"),
      name: try row.decodeIfPresent(String.self, forKey: "name"),
      chineseName: try row.decodeIfPresent(String.self, forKey: "chineseName"),
      rubric: try row.decodeIfPresent(String.self, forKey: "rubric"))
  }
}
