@_spi(Command) public import DMoEData
public import Foundation

extension Benchmark {
  /// Reads the benchmark's official files, as JSON Lines or lists of rows.
  ///
  /// - Parameter urls: The files; some benchmarks have several.
  /// - Throws: `DataError.badLine` for a row of another layout and an identifier that is there twice; `.unreadableFile`,
  ///   `.compressedFile`.
  public func items(contentsOf urls: [URL]) throws(DataError) -> [BenchmarkItem] {
    var files: [JSONRows] = []
    for url in urls { files.append(try JSONRows(contentsOf: url)) }
    return try read(files).items
  }

  /// The items of some files, and the keys of their rows that nothing is known of and nothing was done with.
  ///
  /// - Throws: As `items(contentsOf:)`.
  @_spi(Command) public func read(
    _ files: [JSONRows]
  ) throws(DataError) -> (items: [BenchmarkItem], keysNotRead: [String]) {
    var items: [BenchmarkItem] = []
    var places: [(file: String, line: Int)] = []
    var seen: [String: Int] = [:]
    var notes = RowNotes()
    for file in files {
      for line in file.lines {
        do throws(DataError) {
          let item = try item(line, of: file.file, &notes)
          if let first = seen.updateValue(items.count, forKey: item.category + "\u{0}" + item.id) {
            throw .malformedRow(reason: "id: \(places[first].file):\(places[first].line) has the same")
          }
          items.append(item)
          places.append((file.file, line.number))
        } catch {
          throw .badLine(file: file.file, line: line.number, reason: error.description)
        }
      }
    }
    if let fault = rule.fault(in: items) {
      throw .badLine(file: places[fault.place].file, line: places[fault.place].line, reason: fault.reason)
    }
    return (items, notes.keysNotRead.sorted())
  }

  private func item(
    _ line: JSONLines.Line, of file: String, _ notes: inout RowNotes
  ) throws(DataError) -> BenchmarkItem {
    let row = try RowObject(line.value())
    try row.check(rule.keyUses, &notes)
    let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    return try rule.item(row, at: BenchmarkPlace(file: name, line: line.number), &notes)
  }
}
