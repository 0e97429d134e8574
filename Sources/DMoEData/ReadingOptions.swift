/// The settings for reading preference files.
///
/// ```swift
/// let options = ReadingOptions(format: .trl, invalidLines: .skip, taxonomy: taxonomy)
/// let (samples, report) = try PreferenceReader.readAll(contentsOf: url, options: options)
/// print(samples.count, report.invalidLineCount)
/// ```
public struct ReadingOptions: Sendable, Hashable {
  /// The treatment of a line that is not a row of the format.
  public enum InvalidLines: String, Sendable, Hashable, Codable, CaseIterable {
    /// Throw `DataError.badLine`.
    case fail
    /// Leave the line out and count it.
    case skip
  }

  /// The treatment of a category or capability point that is not in the taxonomy.
  public enum UnknownNames: String, Sendable, Hashable, Codable, CaseIterable {
    /// Make the line invalid.
    case fail
    /// Take an unknown category as unlabeled, and leave samples of an unknown point out: without its point a
    /// capability label would pass for an overall preference.
    case drop
  }

  /// The treatment of a row of `PreferenceFormat.native` that ranks nothing.
  public enum UnrankedRows: String, Sendable, Hashable, Codable, CaseIterable {
    /// Make the line invalid.
    case fail
    /// Read it as a tie of weight 0, which says nothing: responses that are still to be labeled.
    case keep
  }

  /// The format of every file; nil detects it by the keys of the first row.
  public var format: PreferenceFormat?
  /// The treatment of a line that is not a row of the format.
  public var invalidLines: InvalidLines
  /// Turns the names of categories and points into identifiers; nil takes them as they are written, and so does
  /// `Taxonomy.single`, which is for preferences of any category.
  public var taxonomy: Taxonomy?
  /// The treatment of a name that is not in the taxonomy.
  public var unknownNames: UnknownNames
  /// The treatment of a row that ranks nothing.
  public var unrankedRows: UnrankedRows

  /// Options; the defaults read strictly and take names as they are written.
  public init(
    format: PreferenceFormat? = nil, invalidLines: InvalidLines = .fail, taxonomy: Taxonomy? = nil,
    unknownNames: UnknownNames = .fail, unrankedRows: UnrankedRows = .fail
  ) {
    self.format = format
    self.invalidLines = invalidLines
    self.taxonomy = taxonomy
    self.unknownNames = unknownNames
    self.unrankedRows = unrankedRows
  }

  /// The identifiers for these names, or nil if the sample is to be left out.
  func resolve(
    category name: String?, capability: String?
  ) throws(DataError) -> (category: String?, capability: String?)? {
    guard let taxonomy, taxonomy != .single else { return (name, capability) }
    var category: TaskCategory?
    if let name {
      category = taxonomy.category(named: name)
      if category == nil, unknownNames == .fail { throw .unknownCategory(name) }
    }
    guard let capability else { return (category?.id, nil) }
    let candidates = category.map { [$0] } ?? taxonomy.categories
    if let point = candidates.lazy.compactMap({ $0.point(named: capability) }).first {
      return (category?.id, point.id)
    }
    if unknownNames == .fail { throw .unknownCapability(capability, category: category?.id) }
    return nil
  }
}
