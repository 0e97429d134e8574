@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import dmoerm

struct BundleSummaryTests {
  /// A bundle's own words about two categories with an expert each, of which only the first has an aggregator.
  private func lines(_ combination: RewardCombination?) throws -> [String] {
    var configuration = RewardModel.Configuration()
    configuration.taxonomy = try Taxonomy([
      TaskCategory(id: "chat", points: [CapabilityPoint(id: "warmth")]),
      TaskCategory(id: "code", points: [CapabilityPoint(id: "clarity")]),
    ])
    configuration.combination = combination
    let json = String(decoding: try JSONEncoder().encode(configuration), as: UTF8.self)
    func category(_ id: String, _ point: String, _ hasAggregator: Bool) -> String {
      #"{"id": "\#(id)", "isBaseTrained": true, "hasAggregator": \#(hasAggregator), "experts": ["\#(point)"], "#
        + #""normalization": {"mean": 0, "deviation": 1}}"#
    }
    let scratch = try Scratch()
    try scratch.write(
      #"{"version": 1, "configuration": \#(json), "isRouterTrained": true, "goldens": [], "provenance": {}, "#
        + #""backbone": {"name": "b", "fingerprint": "f", "architecture": "llama", "hiddenSize": 8, "layerCount": 2}, "#
        + #""categories": [\#(category("chat", "warmth", true)), \#(category("code", "clarity", false))]}"#,
      to: "x.dmoerm/dmoerm.json")
    return try BundleSummary(contentsOf: scratch.url.appendingPathComponent("x.dmoerm").path)
      .lines(.plain, name: "x.dmoerm")
  }

  @Test func expertsOfWhichNoRewardComesAreToldApart() throws {
    let lines = try lines(nil)
    #expect(lines.contains { $0.hasPrefix("chat") && $0.contains("1 of 1 ") }, "\(lines)")
    #expect(lines.contains { $0.hasPrefix("code") && $0.contains("1 of 1, aside") }, "\(lines)")
    #expect(lines.contains { $0.contains("experts of code stand aside: the base alone gives the reward") }, "\(lines)")
    #expect(try !self.lines(.mean).contains { $0.contains("aside") || $0.contains("base alone") })
  }

  /// Where a model comes from, its head and output, and the padding that is passed over.
  @Test func anImportIsToldOf() throws {
    let scratch = try Scratch()
    let classifiers = URL(fileURLWithPath: Program.backbone).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("classifiers")
    for name in ["llama", "qwen3"] {
      let place = classifiers.appendingPathComponent(name == "llama" ? "llama" : "qwen3/rank.gguf").path
      let made = try scratch.run("import", place, "--output", "\(name).dmoerm")
      #expect(made.status == 0, "\(made.error)")
      let shown = try scratch.run("inspect", "bundle", "\(name).dmoerm").output
      #expect(shown.contains(place) && shown.contains("without an adapter") && !shown.contains("rank 0"), "\(shown)")
      // There are no experts to tell of.
      #expect(!shown.split(separator: "\n").contains { $0.hasPrefix("experts") }, "\(shown)")
      for word in name == "llama" ? ["score.weight", "token 290"] : ["cls.output.weight, output yes over no", "none"] {
        #expect(shown.contains(word), "\(word): \(shown)")
      }
    }
  }
}
