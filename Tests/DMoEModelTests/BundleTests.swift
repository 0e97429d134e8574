import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

@Suite struct BundleTests {
  private static let backbone = ModelFixture.folder.url("llama/llama.f32.gguf")

  private static func model(
    seed: UInt64 = 4, _ edit: (inout RewardModel.Configuration) -> Void = { _ in }
  ) throws -> RewardModel {
    var model = try RewardModel.randomized(
      configuration: TinyModel.configuration(edit),
      backbone: ModelFixture.backbone("llama/llama.f32.gguf", fastCompute), seed: seed,
      options: ModelFixture.options(fastCompute))
    for index in model.inner.indices {
      model.inner[index].normalization = RewardNormalization(mean: 0.25 * Float(index), deviation: 0.5 + Float(index))
    }
    model.provenance = ["data": "made up"]
    return model
  }

  private static func read(_ url: URL, backbone: URL = backbone, goldens: GoldenCheck = .all) throws -> RewardModel {
    try RewardModel(
      contentsOf: url, backbone: backbone, options: ModelFixture.options(fastCompute), goldens: goldens)
  }

  private static func breakdowns(_ model: RewardModel) throws -> [[RewardBreakdown]] {
    let conversation = try Conversation([.system("Be kind."), .user("Hello"), .assistant("Hi."), .user("And now?")])
    return try model.breakdowns([(conversation, ["Nothing", "much, and you?"]), ("2+2?", ["4"]), ("Why", ["so"])])
  }

  /// A written bundle that `body` may spoil.
  private static func withBundle(_ body: (URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("tiny.dmoerm")
      try model().write(to: url)
      try body(url)
    }
  }

  private static func expectMalformed(
    _ url: URL, _ word: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    do {
      _ = try read(url)
      Issue.record("accepted without complaint of \(word)", sourceLocation: sourceLocation)
    } catch ModelError.malformedBundle(_, let reason) {
      #expect(reason.contains(word), sourceLocation: sourceLocation)
    } catch {
      Issue.record("\(error)", sourceLocation: sourceLocation)
    }
  }

  // MARK: The description

  @Test(arguments: [
    (#""format" :"#, #""foo" : 1, "format" :"#, "foo"),
    (#""pooling" : "last token","#, #""pooling" : "last token", "window" : 3,"#, "reading.window"),
    (#""version" : 1"#, #""version" : 1, "version" : 2"#, "version"),
    (#""format" : "dmoerm-bundle","#, #""format" : "dmoerm-bundle",,"#, "no description"),
  ])
  func whatADescriptionHasBesidesIsNeverPassedOver(old: String, new: String, named: String) throws {
    try Self.withBundle { url in
      let file = url.appendingPathComponent("dmoerm.json")
      let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
      try #require(text.contains(old))
      try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: file)
      Self.expectMalformed(url, named)
    }
  }

  // MARK: Round trip

  @Test func whatIsReadScoresBitForBit() throws {
    try withTemporaryFolder { folder in
      for (index, model) in try [
        Self.model(), Self.model(seed: 5) { $0.router.adapter = LoRAConfiguration(rank: 2, dropout: 0) },
        Self.model(seed: 6) {
          $0.routing = .mixture(threshold: 0.9)
          $0.base.targets = [.down, .gate]
          $0.router.pooling = .last
          $0.pooling = .mean
        },
        Self.model(seed: 7) {
          $0.router.pooling = .lastAndMean
          $0.pooling = .lastAndMean
        },
        Self.model(seed: 8) {
          $0.pooling = .response
          $0.lowerDepths = [1, 2]
          $0.routing = .fallback(threshold: 0.9, category: "other")
        },
      ].enumerated() {
        let url = folder.appendingPathComponent("\(index).dmoerm")
        try model.write(to: url)
        let read = try Self.read(url)
        #expect(try Self.breakdowns(read) == Self.breakdowns(model))
        #expect(read.configuration == model.configuration)
        #expect(read.provenance == model.provenance)
        #expect(read.inner.map(\.normalization) == model.inner.map(\.normalization))
        // Written again, the same bytes.
        let again = folder.appendingPathComponent("\(index)-again.dmoerm")
        try read.write(to: again)
        for file in BundleFolder.files(in: url) {
          let bytes = try Data(contentsOf: url.appendingPathComponent(file))
          #expect(try Data(contentsOf: again.appendingPathComponent(file)) == bytes, "\(file)")
        }
      }
    }
  }

  /// Every setting away from its default, by numbers that no short decimal is: what is read is what was in memory.
  @Test func everySettingIsKeptToTheBit() throws {
    try withTemporaryFolder { folder in
      var source = RandomSource(seed: 17)
      /// Any pattern of bits that is a finite number above 0, subnormal ones included.
      func number() -> Float {
        while true {
          let value = Float(bitPattern: UInt32.random(in: 1...0x7F7F_FFFF, using: &source))
          if value > 0, value.isFinite { return value }
        }
      }
      for round in 0..<12 {
        var model = try Self.model(seed: UInt64(round)) {
          $0.base = LoRAConfiguration(
            rank: 3, alpha: .random(in: 1...40, using: &source), dropout: .random(in: 0..<1, using: &source),
            targets: [.query, .down], topLayers: 2, usesRankStabilizedScaling: round % 2 == 0)
          $0.expert = LoRAConfiguration(rank: 7, alpha: .random(in: 1...40, using: &source), targets: [.gate])
          $0.pooling = StatePooling.allCases[round % StatePooling.allCases.count]
          $0.lowerDepths = round % 2 == 0 ? nil : [1]
          $0.routing = .mixture(threshold: .random(in: 0...1, using: &source))
          $0.router = RouterConfiguration(
            pooling: .last, depth: 1,
            adapter: LoRAConfiguration(rank: 2, alpha: .random(in: 1...9, using: &source), topLayers: 1),
            maximumTokens: 100)
          $0.combination =
            [nil, .mean, .worstCase, .uncertaintyWeighted(lambda: .random(in: 0...3, using: &source))][round % 4]
          ($0.joinedRank, $0.depth, $0.aggregatorWidth, $0.maximumTokens) = (5, 2, 9, 120)
          $0.lengthPolicy = round % 2 == 0 ? .error : .dropOldestTurns
        }
        for index in model.inner.indices {
          model.inner[index].normalization = RewardNormalization(
            mean: .random(in: -1...1, using: &source), deviation: .random(in: 0.1...2, using: &source))
          model = try model.rescalingExperts(
            of: index,
            to: model.inner[index].category.points.map { _ in
              RewardNormalization(
                mean: .random(in: -1...1, using: &source), deviation: .random(in: 0.1...2, using: &source))
            })
        }
        model.temperature = number()
        model.provenance = ["data": "quotes \" and ünïcode \u{2028}", "": ""]
        let url = folder.appendingPathComponent("\(round).dmoerm")
        try model.write(to: url)
        let read = try Self.read(url)
        #expect(read.configuration == model.configuration && read.provenance == model.provenance)
        #expect(read.temperature.bitPattern == model.temperature.bitPattern)
        for (own, other) in zip(read.inner, model.inner) {
          #expect(own.normalization == other.normalization && own.expertScales == other.expertScales)
          #expect(
            own.combination == other.combination && own.isMixing == other.isMixing
              && own.isBaseTrained == other.isBaseTrained)
        }
        #expect(read.isRouterTrained == model.isRouterTrained)
        #expect(try Self.breakdowns(read) == Self.breakdowns(model), "round \(round)")
      }
    }
  }

  /// The backbone's, not that of the options the model was made with.
  @Test func thePrecisionThatIsRecordedIsThatOfTheWeights() throws {
    try withTemporaryFolder { folder in
      let backbone = try Backbone(
        contentsOf: Self.backbone, options: ComputeOptions(threads: 1, precision: .bfloat16))
      let model = try RewardModel.randomized(
        configuration: TinyModel.configuration(), backbone: backbone, seed: 1, options: ComputeOptions(threads: 1))
      let url = folder.appendingPathComponent("narrow.dmoerm")
      try model.write(to: url)
      #expect(try BundleManifest.read(from: url).precision == .bfloat16)
    }
  }

  @Test(arguments: [0.0, -1]) func aScaleThatWouldTurnRewardsRoundIsRefused(deviation: Double) throws {
    try Self.withBundle { url in
      try editJSON(url.appendingPathComponent("dmoerm.json")) { fields in
        guard var categories = fields["categories"] as? [[String: Any]] else { return }
        categories[0]["normalization"] = ["mean": 0.5, "deviation": deviation]
        fields["categories"] = categories
      }
      Self.expectMalformed(url, "normalized")
    }
  }

  @Test func anUntrainedModelIsConfigurationAlone() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("fresh.dmoerm")
      try TinyModel.untrained(backbone: ModelFixture.backbone("llama/llama.f32.gguf")).write(to: url)
      #expect(BundleFolder.files(in: url) == ["dmoerm.json"])
      #expect(try Self.read(url).isComplete(category: "chat") == false)
    }
  }

  @Test func goldensOfTheCallerAreCheckedToo() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("tiny.dmoerm")
      try Self.model().write(to: url, goldens: [Candidate(prompt: "mine", response: "too")])
      let manifest = try BundleManifest.read(from: url)
      #expect(manifest.goldens.count == 4 && manifest.goldens[3].response == "too")
      #expect(manifest.goldens.allSatisfy { !$0.ids.isEmpty && $0.reward.isFinite })
      try editJSON(url.appendingPathComponent("dmoerm.json")) { fields in
        guard var goldens = fields["goldens"] as? [[String: Any]] else { return }
        goldens[3]["reward"] = 99.0
        fields["goldens"] = goldens
      }
      let error = #expect(throws: ModelError.self) { try Self.read(url) }
      if case .goldenMismatch(let index, let expected, _) = error {
        #expect(index == 3 && expected == 99)
      } else {
        Issue.record("\(error as Any)")
      }
      #expect(throws: Never.self) { try Self.read(url, goldens: .none) }
    }
  }

  /// Training must not end in a model that cannot be kept.
  @Test func aModelTooShortForTheBuiltInGoldensIsWrittenWithoutThem() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("short.dmoerm")
      let model = try Self.model { $0.maximumTokens = 48 }
      try model.write(to: url, goldens: [Candidate(prompt: "Q", response: "A")])
      #expect(try BundleManifest.read(from: url).goldens.map(\.response) == ["A"])
      #expect(try Self.read(url).score(prompt: "Q", response: "A") == model.score(prompt: "Q", response: "A"))
      #expect(throws: ModelError.self) {
        try model.write(to: url, goldens: [Candidate(prompt: "Q", response: String(repeating: "x", count: 99))])
      }
    }
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["DMOERM_BACKBONE"] == nil))
  func theBackboneIsFoundBesideTheBundle() throws {
    try Self.withBundle { url in
      let beside = url.deletingLastPathComponent().appendingPathComponent("llama.f32.gguf")
      try FileManager.default.copyItem(at: Self.backbone, to: beside)
      let read = try RewardModel(contentsOf: url, options: ModelFixture.options(fastCompute))
      #expect(try Self.breakdowns(read) == Self.breakdowns(Self.model()))
    }
    #expect(BackboneSearch.cacheFolder(["DMOERM_CACHE": "/a", "XDG_CACHE_HOME": "/b"]).path == "/a")
    #expect(BackboneSearch.cacheFolder(["DMOERM_CACHE": "", "XDG_CACHE_HOME": "/b"]).path == "/b/dmoerm")
    #expect(BackboneSearch.cacheFolder([:]).path.hasSuffix("/.cache/dmoerm"))
    let nowhere = FileManager.default.temporaryDirectory.appendingPathComponent("none-\(UUID())/tiny.dmoerm")
    let error = #expect(throws: ModelError.self) { try BackboneSearch.find("none-\(UUID()).gguf", beside: nowhere) }
    if case .unreadableBackbone = error {} else { Issue.record("\(error as Any)") }
  }

  @Test func projectionsAreNamedInJSON() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(Projection.allCases), as: UTF8.self)
    #expect(text == #"["q_proj","k_proj","v_proj","o_proj","gate_proj","up_proj","down_proj"]"#)
    #expect(try JSONDecoder().decode([Projection].self, from: Data(text.utf8)) == Projection.allCases)
    for wrong in [#"["query"]"#, "[0]"] {
      #expect(throws: DecodingError.self) { try JSONDecoder().decode([Projection].self, from: Data(wrong.utf8)) }
    }
    try Self.withBundle { url in
      let manifest = String(decoding: try Data(contentsOf: url.appendingPathComponent("dmoerm.json")), as: UTF8.self)
      #expect(manifest.contains(#""q_proj""#))
    }
  }

  // MARK: Strict reading

  @Test func aMissingFileIsNamed() throws {
    for file in [
      "dmoerm.json", "router.safetensors", "chat/aggregator.safetensors", "chat/base/adapter_config.json",
      "code/fast/adapter_model.safetensors", "other/base/adapter_model.safetensors",
    ] {
      try Self.withBundle { url in
        try FileManager.default.removeItem(at: url.appendingPathComponent(file))
        Self.expectMalformed(url, file)
      }
    }
  }

  @Test func anExtraFileIsNamed() throws {
    for file in ["notes.txt", "chat/empathy/more.safetensors", ".hidden"] {
      try Self.withBundle { url in
        try Data().write(to: url.appendingPathComponent(file))
        Self.expectMalformed(url, file)
      }
    }
  }

  @Test func aChangedWeightIsCaughtByTheGoldens() throws {
    try Self.withBundle { url in
      let file = url.appendingPathComponent("chat/aggregator.safetensors")
      var aggregator = try Aggregator(contentsOf: file, inputs: 2 * 32)
      aggregator.second.bias?.value[0, 0] += 1
      try aggregator.write(to: file)
      let other = url.appendingPathComponent("code/aggregator.safetensors")
      var second = try Aggregator(contentsOf: other, inputs: 3 * 32)
      second.second.bias?.value[0, 0] += 1
      try second.write(to: other)
      let third = url.appendingPathComponent("other/base")
      var base = try Expert(contentsOf: third, for: ModelFixture.backbone("llama").configuration)
      base.head.weight.value = Matrix(repeating: 1, 1, 32)
      try base.write(to: third, backboneName: "llama.f32.gguf")
      let error = #expect(throws: ModelError.self) { try Self.read(url) }
      if case .goldenMismatch(0, _, _) = error {} else { Issue.record("\(error as Any)") }
    }
  }

  @Test func brokenTensorsAreNamed() throws {
    for file in ["router.safetensors", "chat/aggregator.safetensors", "chat/style/adapter_model.safetensors"] {
      try Self.withBundle { url in
        let whole = try Data(contentsOf: url.appendingPathComponent(file))
        try whole.prefix(whole.count / 2).write(to: url.appendingPathComponent(file))
        do {
          _ = try Self.read(url)
          Issue.record("\(file): accepted")
        } catch {
          #expect("\(error)".contains(file), "\(error)")
        }
      }
    }
    try Self.withBundle { url in
      let file = url.appendingPathComponent("chat/aggregator.safetensors")
      var aggregator = try Aggregator(contentsOf: file, inputs: 64)
      aggregator.slope.value[0, 0] = .nan
      try aggregator.write(to: file)
      let error = #expect(throws: CoreError.self) { try Self.read(url) }
      #expect(error.map { "\($0)".contains("slope") } == true)
    }
  }

  @Test func anotherBackboneIsAMismatch() throws {
    try Self.withBundle { url in
      let error = #expect(throws: ModelError.self) {
        try Self.read(url, backbone: ModelFixture.folder.url("llama/llama.q8_0.gguf"))
      }
      if case .backboneMismatch(let expected, let found) = error {
        #expect(expected.contains("llama.f32.gguf") && found.contains("llama.q8_0.gguf"))
      } else {
        Issue.record("\(error as Any)")
      }
      #expect(throws: ModelError.self) { try Self.read(url, backbone: url.appendingPathComponent("none.gguf")) }
    }
  }

  @Test func aNewerVersionAndBrokenJSONAreNamed() throws {
    func spoil(_ word: String, _ edit: (inout [String: Any]) -> Void) throws {
      try Self.withBundle { url in
        try editJSON(url.appendingPathComponent("dmoerm.json"), edit)
        Self.expectMalformed(url, word)
      }
    }
    try spoil("version is 2") {
      $0["version"] = 2
      $0["configuration"] = "of another type"
    }
    try spoil("no description of a bundle") { $0["format"] = "other" }
    try spoil("backbone") { $0["backbone"] = nil }
    try spoil("categories") { $0["categories"] = 3 }
    try spoil("configuration") { $0["configuration"] = ["taxonomy": []] }
    try spoil("tokenizer") {
      var reading = $0["reading"] as? [String: Any] ?? [:]
      reading["tokenizerFingerprint"] = "other"
      $0["reading"] = reading
    }
    try Self.withBundle { url in
      try Data("{ not json".utf8).write(to: url.appendingPathComponent("dmoerm.json"))
      Self.expectMalformed(url, "no description of a bundle")
    }
    try withTemporaryFolder { folder in Self.expectMalformed(folder, "there is no dmoerm.json") }
  }

  // MARK: Writing as a whole

  @Test func aNewBundleTakesThePlaceOfTheOld() throws {
    try Self.withBundle { url in
      let other = try Self.model(seed: 77)
      try other.write(to: url)
      #expect(try Self.breakdowns(Self.read(url)) == Self.breakdowns(other))
      #expect(try Self.neighbours(of: url) == [url.lastPathComponent])
    }
  }

  @Test func aFailedWriteLeavesTheOldBundle() throws {
    struct Failure: Error {}
    func fill(_ folder: URL) throws {
      try Data("half".utf8).write(to: folder.appendingPathComponent("dmoerm.json"))
      throw Failure()
    }
    try Self.withBundle { (url: URL) throws -> Void in
      #expect(throws: Failure.self) { try BundleFolder.replace(url, with: fill) }
      #expect(try Self.breakdowns(Self.read(url)) == Self.breakdowns(Self.model()))
      #expect(try Self.neighbours(of: url) == [url.lastPathComponent])
    }
  }

  @Test func whatAKillLeavesIsCleanedUp() throws {
    let files = FileManager.default
    try Self.withBundle { url in
      let parent = url.deletingLastPathComponent()
      let previous = parent.appendingPathComponent(".tiny.dmoerm.previous")
      // Between the two renames: the old bundle has its hidden name, the new one is not there yet.
      try files.moveItem(at: url, to: previous)
      let fresh = parent.appendingPathComponent(".tiny.dmoerm.new")
      try files.createDirectory(at: fresh, withIntermediateDirectories: true)
      try Data("half".utf8).write(to: fresh.appendingPathComponent("router.safetensors"))
      #expect(try Self.breakdowns(Self.read(url)) == Self.breakdowns(Self.model()))
      #expect(!files.fileExists(atPath: previous.path))
      // After the second rename: both are there, the new one counts.
      try files.copyItem(at: url, to: previous)
      let other = try Self.model(seed: 78)
      try other.write(to: url)
      #expect(try Self.breakdowns(Self.read(url)) == Self.breakdowns(other))
      #expect(try Self.neighbours(of: url) == [url.lastPathComponent])
    }
  }

  @Test func whatIsNoBundleIsNeverReplaced() throws {
    func expectRefused(_ url: URL, sourceLocation: SourceLocation = #_sourceLocation) throws {
      let model = try Self.model()
      let error = #expect(throws: ModelError.self, sourceLocation: sourceLocation) { try model.write(to: url) }
      guard case .malformedBundle(let path, _) = error else {
        Issue.record("\(error as Any)", sourceLocation: sourceLocation)
        return
      }
      #expect(path == url.path, sourceLocation: sourceLocation)
      let again = #expect(throws: ModelError.self, sourceLocation: sourceLocation) {
        try BundleFolder.replace(url) { _ in }
      }
      #expect(again == error, sourceLocation: sourceLocation)
    }
    try withTemporaryFolder { folder in
      let home = folder.appendingPathComponent("home")
      try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
      let letter = home.appendingPathComponent("letter.txt")
      try Data("dear".utf8).write(to: letter)
      try expectRefused(home)
      #expect(try Data(contentsOf: letter) == Data("dear".utf8))
      try expectRefused(letter)
      #expect(try Data(contentsOf: letter) == Data("dear".utf8))
      // Nor is a stranger's folder under the hidden name taken for a bundle.
      let hidden = folder.appendingPathComponent(".home.previous")
      try FileManager.default.moveItem(at: home, to: hidden)
      BundleFolder.recover(home)
      #expect(FileManager.default.fileExists(atPath: hidden.appendingPathComponent("letter.txt").path))
      #expect(try Self.neighbours(of: home) == [".home.previous"])
      // An empty folder holds nothing to lose.
      let empty = folder.appendingPathComponent("empty")
      try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
      try Self.model().write(to: empty)
      #expect(throws: Never.self) { try Self.read(empty) }
    }
  }

  private static func neighbours(of url: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path).sorted()
  }
}
