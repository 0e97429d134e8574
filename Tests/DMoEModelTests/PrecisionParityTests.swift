import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Hidden states of backbones whose weights are kept in other ways, against transformers in single precision.
@Suite struct PrecisionParityTests {
  /// What this build and CPU have, and how far a state may be off, in units of the largest: a bf16 has 8 significant bits
  /// and a byte 7; in models as narrow as these a sum has too few terms to average the errors of its weights out. Stored
  /// weights lose nothing, and rows that become bytes have a scale for every 32 numbers.
  static var kinds: [(options: ComputeOptions, tolerance: Double)] {
    [
      (ComputeOptions(backend: .oneDNN), 1e-4), (ComputeOptions(precision: .bfloat16), 4e-2),
      (ComputeOptions(backend: .reference, precision: .bfloat16), 4e-2), (ComputeOptions(precision: .int8), 0.15),
      (ComputeOptions(precision: .stored, activations: .float32), 1e-4), (ComputeOptions(precision: .stored), 3e-2),
      (ComputeOptions(backend: .reference, precision: .stored), 1e-4),
    ].filter { (try? Compute($0.0)) != nil }
  }

  @Test(arguments: ["llama", "llama/llama.q8_0.gguf", "qwen2", "qwen3"])
  func statesAreThoseOfTransformers(path: String) throws {
    let folder = try #require(path.split(separator: "/").first)
    let file = path.hasSuffix("q8_0.gguf") ? "expected-q8_0" : "expected"
    let expected = try ModelFixture.expected("\(folder)/\(file).json")
    for (options, tolerance) in Self.kinds {
      let backbone = try Backbone(contentsOf: ModelFixture.folder.url(path), options: options)
      try ModelFixture.check(
        backbone, expected, tolerance: tolerance, "\(path), \(options)", on: [try Compute(options)])
    }
  }

  /// A bundle written in single precision is read in any other, and its golden texts still hold.
  @Test func aBundleIsReadInEveryPrecision() throws {
    let model = try TinyModel.model()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let url = folder.appendingPathComponent("a.dmoerm")
    try model.write(to: url)
    let responses = ["word", "no", "another word, longer than the first"]
    let expected = try model.scores(responses, to: "Say a word", category: "chat")
    let spread = (expected.max() ?? 0) - (expected.min() ?? 0)
    for (options, tolerance) in Self.kinds {
      let other = try RewardModel(
        contentsOf: url, backbone: ModelFixture.folder.url("llama"), options: options, goldens: .all)
      let found = try other.scores(responses, to: "Say a word", category: "chat")
      let kept = try other.scores(responses, after: other.prepare("Say a word", category: "chat"))
      for (a, b) in zip(found, expected) { #expect(abs(a - b) <= Float(30 * tolerance) * spread, "\(options)") }
      expectClose(kept, found, 1e-5, relativeTo: Double(spread))
    }
  }
}
