/// The settings for reading preference files.
///
/// ```swift
/// let options = ReadingOptions(format: .trl, skipsInvalidLines: true, taxonomy: taxonomy)
/// let (samples, report) = try PreferenceReader.readAll(contentsOf: url, options: options)
/// print(samples.count, report.invalidLineCount)
/// ```
public struct ReadingOptions: Sendable, Hashable {
  /// The format of every file; nil detects it by the keys of the first row.
  public var format: PreferenceFormat?
  /// Whether lines that are no rows of the format are left out and counted; otherwise the first of them throws
  /// `DataError.badLine`.
  public var skipsInvalidLines: Bool
  /// Turns the names of categories and points into identifiers; nil takes them as they are written, and so does
  /// `Taxonomy.single`, which is for preferences of any category.
  public var taxonomy: Taxonomy?
  /// Whether a category that is not in the taxonomy is taken as none, and samples of an unknown capability point are
  /// left out; otherwise such a line is invalid.
  ///
  /// Without its point, a capability label would pass for an overall preference.
  public var dropsUnknownNames: Bool
  /// Whether a row of `PreferenceFormat.native` that ranks nothing is a tie of weight 0, which says nothing: responses
  /// that are still to be labeled. Otherwise such a line is invalid.
  public var keepsUnrankedRows: Bool

  /// Options; the defaults read strictly and take names as they are written.
  public init(
    format: PreferenceFormat? = nil, skipsInvalidLines: Bool = false, taxonomy: Taxonomy? = nil,
    dropsUnknownNames: Bool = false, keepsUnrankedRows: Bool = false
  ) {
    self.format = format
    self.skipsInvalidLines = skipsInvalidLines
    self.taxonomy = taxonomy
    self.dropsUnknownNames = dropsUnknownNames
    self.keepsUnrankedRows = keepsUnrankedRows
  }

  /// The identifiers for these names, or nil if the sample is to be left out.
  func resolve(
    category name: String?, capability: String?
  ) throws(DataError) -> (category: String?, capability: String?)? {
    guard let taxonomy, taxonomy != .single else { return (name, capability) }
    var category: TaskCategory?
    if let name {
      category = taxonomy.category(named: name)
      if category == nil, !dropsUnknownNames { throw .unknownCategory(name) }
    }
    guard let capability else { return (category?.id, nil) }
    let candidates = category.map { [$0] } ?? taxonomy.categories
    if let point = candidates.lazy.compactMap({ $0.point(named: capability) }).first {
      return (category?.id, point.id)
    }
    if !dropsUnknownNames { throw .unknownCapability(capability, category: category?.id) }
    return nil
  }
}
