@_spi(Command) import DMoEData
import Foundation
import _TestSupport

@_spi(Command) @testable import DMoEEvaluate

/// A benchmark in the layout of its official files with random rewards, and what its reference makes of them.
struct BenchmarkFixture {
  let benchmark: Benchmark
  let items: [BenchmarkItem]
  let file: RewardFile
  private let folder: FixtureFolder

  init(_ benchmark: Benchmark, _ files: String...) throws { try self.init(benchmark, files: files) }

  init(_ benchmark: Benchmark, files: [String]) throws {
    self.benchmark = benchmark
    folder = FixtureFolder(.module, "benchmarks/\(benchmark.rawValue)")
    let root = folder
    items = try benchmark.items(contentsOf: files.map { root.url($0) })
    file = try RewardFile(contentsOf: root.url("rewards.jsonl"))
  }

  func expected<Value: Decodable>(_ type: Value.Type = [String: Double].self) throws -> Value {
    try folder.decode(type, "expected.json")
  }

  func result(temperature: Float = 1) throws -> BenchmarkResult {
    try BenchmarkResult(benchmark, items, lines: file.lines(of: items), temperature: temperature)
  }

  func data(_ path: String) throws -> Data { try folder.data(path) }
}

extension BenchmarkTable {
  /// The values by name.
  var values: [String: Double] { Dictionary(uniqueKeysWithValues: scores.map { ($0.name, $0.value) }) }
}
