@_spi(Command) import DMoERM
import Foundation

/// The files of a benchmark: named one by one, or a folder with all of them.
struct BenchmarkFiles {
  private let files: [DataFile]

  /// - Throws: `Failure` for what is not there, and for a folder without such a file; `ValidationError` for a file given twice,
  ///   which a folder may do that is given too.
  init(_ paths: [String]) throws {
    files = try paths.flatMap { path in try Self.files(path) }
    try files.check()
    try files.checkDistinct()
  }

  /// Files of a folder and of those in it, in the order of their paths.
  private static func files(_ path: String) throws -> [DataFile] {
    var isFolder: ObjCBool = false
    guard path != "-", FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return [DataFile(path)]
    }
    let found = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    let names = found.filter { $0.hasSuffix(".json") || $0.hasSuffix(".jsonl") }.sorted()
    guard !names.isEmpty else {
      throw Failure("--data \(path): there is no .json or .jsonl file in this folder", status: .badInput)
    }
    return names.map { DataFile(path + (path.hasSuffix("/") ? "" : "/") + $0) }
  }

  /// The items, and the keys that nothing was done with, by the files' name.
  func items(of benchmark: Benchmark) throws -> [BenchmarkItem] {
    let (items, keysNotRead) = try Failure.reading(orHint: "A benchmark is scored whole: no line is left out.") {
      try benchmark.read(try files.map { try $0.rows() })
    }
    let name = files.count == 1 ? files[0].name : Numbers.count(files.count, "file")
    guard !items.isEmpty else { throw Failure("\(name) has no item", status: .badInput) }
    if !keysNotRead.isEmpty { Console.error.print(ReadingReport.note(keysNotRead: keysNotRead, name)) }
    return items
  }
}

extension DataFile {
  /// The rows, whether the file has one a line or is a list of them.
  func rows() throws -> JSONRows {
    try JSONRows(
      data: isStandardInput ? FileHandle.standardInput.readDataToEndOfFile() : InputFile(path).content(), name: name)
  }
}
