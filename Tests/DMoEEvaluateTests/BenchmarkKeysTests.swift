import DMoEData
import Foundation
import Testing

@testable import DMoEEvaluate

@Suite struct BenchmarkKeysTests {
  /// The table of keys in Docs/Benchmarks.md.
  private static let table: [String: [Set<String>]] = {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Docs/Benchmarks.md")
    let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    let rows = text.components(separatedBy: "| keys of a row |").last?.split(separator: "\n").dropFirst(2)
      .prefix { $0.hasPrefix("|") }
    var table: [String: [Set<String>]] = [:]
    for row in rows ?? [] {
      let cells = row.split(separator: "|", omittingEmptySubsequences: false).dropFirst()
      // Words between back quotes: keys may have spaces.
      func words(_ cell: Substring) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
          .map { String($0.element) }
      }
      let uses = cells.dropFirst().map { Set(words($0)) }
      for name in words(cells.first ?? "") { table[name] = uses }
    }
    return table
  }()

  @Test(arguments: Benchmark.allCases) func theTableIsWhatRowsAreReadBy(benchmark: Benchmark) throws {
    let row = try #require(Self.table[benchmark.rawValue])
    let uses = benchmark.rule.keyUses
    let read = uses.keys.filter { uses[$0] == .read }.map { key in
      benchmark == .ppeCorrectness && key.hasPrefix("response_") ? "response_N" : key
    }
    #expect(row[0] == Set(read))
    #expect(row[1] == Set(uses.keys.filter { uses[$0] == .noEffect }))
  }
}
