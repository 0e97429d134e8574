import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Adapters as peft saves them, against what peft computes with them.
@Suite struct AdapterParityTests {
  static let names = [
    "qv-bare", "qv-causal", "qv-reward", "all-rslora-top2-bare", "all-rslora-top2-causal", "all-rslora-top2-reward",
    "all-patterns-causal",
  ]

  @Test(arguments: ["llama", "qwen2", "qwen3"], names)
  func adapterGivesTheStatesAndRewardsOfPeft(model: String, name: String) throws {
    let backbone = try ModelFixture.backbone(model)
    let path = "\(model)/adapters/\(name)"
    let expected = try ModelFixture.expected("\(path)/expected.json")
    let (adapter, head) = try LoRAAdapter.read(
      ModelFixture.folder.url(path), for: backbone.configuration, stateSize: nil)
    #expect((head != nil) == name.hasSuffix("-reward"))
    // One family on both backends; the others differ from it in the backbone, whose own tests do both.
    let computes = model == "llama" ? everyBackend : [fastCompute]
    try ModelFixture.check(backbone, adapter: adapter, expected, path, on: computes)

    let weight = try Matrix(row: #require(expected.head))
    if let head { #expect(head == weight) }
    let value = ValueHead(head ?? weight)
    for compute in computes {
      let rewards = try expected.sequences.map { text in
        let state = try ModelFixture.states(backbone, text.ids, adapter: adapter, compute).final
        let last = Variable(constant: state.rows(state.rows - 1..<state.rows))
        return value(Graph(compute), last).value[0, 0]
      }
      expectClose(rewards, expected.sequences.compactMap(\.reward), 1e-4, "rewards of \(path)")
    }
  }

  @Test func flavoursOfKeysHoldTheSameAdapter() throws {
    let backbone = try ModelFixture.backbone("llama").configuration
    func values(_ name: String) throws -> [Matrix] {
      try LoRAAdapter(contentsOf: ModelFixture.folder.url("llama/adapters/\(name)"), for: backbone)
        .parameterValues().map(\.value)
    }
    #expect(try values("qv-bare") == values("qv-causal") && values("qv-bare") == values("qv-reward"))
    #expect(try values("all-rslora-top2-bare") == values("all-rslora-top2-causal"))
    #expect(try values("qv-bare").count == 12 && values("all-rslora-top2-bare").count == 28)
  }

  @Test func mergingEqualsApplyingAndUnmergingUndoesIt() throws {
    for name in ["qv-causal", "all-rslora-top2-causal", "all-patterns-causal"] {
      let path = "qwen2/adapters/\(name)"
      let backbone = try ModelFixture.backbone("qwen2")
      let adapter = try LoRAAdapter(contentsOf: ModelFixture.folder.url(path), for: backbone.configuration)
      let merged = try backbone.merging(adapter)
      try ModelFixture.check(
        merged, try ModelFixture.expected("\(path)/expected.json"), "merged \(name)",
        on: [fastCompute])
      try ModelFixture.check(
        try merged.unmerging(adapter), try ModelFixture.expected("qwen2/expected.json"), "unmerged \(name)",
        on: [fastCompute])
    }
  }

  /// The states of a few texts under a stack of adapters.
  private func states(_ backbone: Backbone, _ stack: [LoRAAdapter]) throws -> Matrix {
    var batch = TokenBatch()
    for text in [[5, 17, 200, 3], [9], [44, 45, 46, 47, 48, 49, 1]] as [[Int32]] { batch.append(text) }
    let spans = stack.enumerated().map { AdapterSpan(rows: 0..<batch.ids.count, adapter: $1, key: $0) }
    let x = Variable(constant: try backbone.embed(batch.ids))
    return backbone.run(Graph(.reference), x, batch.layout, layers: 0..<3, adapters: spans).value
  }

  private func adapters(_ backbone: Backbone) throws -> [LoRAAdapter] {
    try ["qv-causal", "all-patterns-causal"].map {
      try LoRAAdapter(
        contentsOf: ModelFixture.folder.url("llama/adapters/\($0)"), for: backbone.configuration)
    }
  }

  @Test func concatenatedEqualsBothStacked() throws {
    let backbone = try ModelFixture.backbone("llama")
    let two = try adapters(backbone)
    let both = two[0].concatenated(with: two[1])
    expectClose(try states(backbone, [both]), try states(backbone, two), 1e-5)
    expectClose(try states(backbone, [two[1].concatenated(with: two[0])]), try states(backbone, two), 1e-5)
    #expect(both[0, .query]?.a.value.rows == 4 && both[1, .query]?.a.value.rows == 7)
    // Training the result would not train its parts.
    #expect(both.parameterIDs.isDisjoint(with: two[0].parameterIDs.union(two[1].parameterIDs)))
    #expect(both.firstLayer == 0 && both[0, .gate] == nil && both[1, .gate] != nil)
    #expect(both.parameterCount == two[0].parameterCount + two[1].parameterCount)
  }

  @Test func joiningIsExactAtSufficientRankAndSaysItsError() throws {
    let backbone = try ModelFixture.backbone("llama")
    let two = try adapters(backbone)
    let exact = try two[0].joined(with: two[1], rank: 7)
    #expect(exact.error < 1e-6)
    expectClose(try states(backbone, [exact.adapter]), try states(backbone, two), 1e-5)
    let less = try two[0].joined(with: two[1], rank: 2)
    #expect(less.error > 0.01 && less.error < 1)
    #expect(less.adapter[1, .query]?.a.value.rows == 2)
  }

  @Test func extractionGivesAMergedAdapterBack() throws {
    let backbone = try ModelFixture.backbone("llama")
    let adapter = try adapters(backbone)[1]
    let tuned = try backbone.merging(adapter)
    for compute in everyBackend {
      let settings = LoRAConfiguration(rank: 5, dropout: 0.1, targets: Projection.allCases, topLayers: 2)
      let (found, error) = try LoRAAdapter.extracted(
        from: tuned, over: backbone, configuration: settings, depth: 3, compute)
      // Weights of size 0.1 lose 1e-8 of the difference when they are added to it.
      #expect(error < 1e-4)
      #expect(found.firstLayer == 1 && found[1, .query]?.dropout == 0.1)
      expectClose(try states(backbone, [found]), try states(backbone, [adapter]), 1e-4)
      let (_, loss) = try LoRAAdapter.extracted(
        from: tuned, over: backbone,
        configuration: LoRAConfiguration(rank: 1, targets: [.query, .down], topLayers: 1), depth: 3, compute)
      #expect(loss > 0.01)
    }
  }

  @Test func aFreshAdapterChangesNothing() throws {
    let backbone = try ModelFixture.backbone("llama")
    let settings = LoRAConfiguration(rank: 3, targets: Projection.allCases, topLayers: 2)
    let fresh = LoRAAdapter(settings, for: backbone.configuration, seed: 5)
    #expect(try states(backbone, [fresh]) == states(backbone, []))
    #expect(fresh.firstLayer == 1)
    let again = LoRAAdapter(settings, for: backbone.configuration, seed: 5)
    let other = LoRAAdapter(settings, for: backbone.configuration, seed: 6)
    #expect(fresh.parameterValues().map(\.value) == again.parameterValues().map(\.value))
    #expect(fresh.parameterValues().map(\.value) != other.parameterValues().map(\.value))
    let a = try #require(fresh[1, .down]?.a.value)
    // Kaiming with a = √5: uniform within 1/√inputs.
    #expect(a.elements.allSatisfy { abs($0) <= 1 / Float(48).squareRoot() } && a.elements.contains { abs($0) > 0.1 })
  }
}
