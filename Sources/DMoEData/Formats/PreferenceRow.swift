/// A row of one of the preference formats.
protocol PreferenceRow {
  init(_ row: RowObject, _ notes: inout RowNotes) throws(DataError)

  /// The samples that the row stands for.
  ///
  /// - Parameter id: for rows without one.
  func samples(id: String) throws(DataError) -> [RankedResponses]
}

/// A capability as rows name it: nil for the overall preference.
func capability(_ name: String?) -> String? { name == "overall" ? nil : name }
