public import DMoECore
public import Foundation

extension RewardModel {
  /// Writes the bundle, as a whole or not at all; the backbone stays where it is and is named by its hash.
  ///
  /// - Parameters:
  ///   - bundle: The folder to write; an older bundle there is replaced.
  ///   - goldens: Texts to record with their ids and rewards, in addition to three built-in ones.
  /// - Throws: `ModelError.malformedBundle` if something other than a bundle is there; `CoreError.unwritableFile`; what
  ///   scoring the goldens throws.
  public func write(to bundle: URL, goldens: [Candidate] = []) throws {
    try BundleFolder.checkReplaceable(bundle)
    // An untrained model's random weights are not kept, so that there is nothing to hold it to.
    let recorded = try hasTrainedCategories ? standardGoldens() + goldens.map { try golden($0) } : []
    let numbers = backbone.configuration
    let manifest = BundleManifest(
      format: BundleManifest.formatName, version: BundleManifest.currentVersion, configuration: configuration,
      backbone: .init(
        fingerprint: backbone.fingerprint, name: backbone.name, architecture: numbers.architecture,
        hiddenSize: numbers.hiddenSize, layerCount: numbers.layerCount, vocabularySize: numbers.vocabularySize),
      reading: .init(
        pooling: configuration.pooling.words, tokenizerFingerprint: tokenizer.fingerprint,
        tokenization: configuration.template.tokenization.rawValue),
      precision: precision, isRouterTrained: isRouterTrained,
      categories: inner.map { own in
        .init(
          id: own.category.id, isBaseTrained: own.isBaseTrained, hasAggregator: own.aggregator != nil,
          experts: zip(own.category.points, own.experts).filter { $0.1 != nil }.map(\.0.id),
          normalization: own.normalization,
          expertNormalizations: own.expertNormalizations.map {
            Dictionary(uniqueKeysWithValues: zip(own.category.points.map(\.id), $0))
          })
      },
      goldens: recorded, temperature: temperature, provenance: provenance)
    try BundleFolder.replace(bundle) { folder in
      try manifest.write(to: folder)
      if isRouterTrained { try router.write(to: folder, backboneName: backbone.name) }
      for own in inner {
        let home = folder.appendingPathComponent(own.category.id)
        if own.isBaseTrained {
          try own.base.write(to: home.appendingPathComponent("base"), backboneName: backbone.name)
        }
        for (point, expert) in zip(own.category.points, own.experts) {
          try expert?.write(to: home.appendingPathComponent(point.id), backboneName: backbone.name)
        }
        if let aggregator = own.aggregator {
          try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
          try aggregator.write(to: home.appendingPathComponent("aggregator.safetensors"))
        }
      }
    }
  }

  /// Reads a bundle, strictly: a missing, unknown or misshapen part is an error that names it.
  ///
  /// - Parameters:
  ///   - bundle: The folder that `write(to:)` made.
  ///   - backbone: The GGUF file or Hugging Face folder it was trained on; `nil` looks at the environment variable
  ///     `DMOERM_BACKBONE`, then for a file of the recorded name beside the bundle and in the cache folder
  ///     (`DMOERM_CACHE`, else `XDG_CACHE_HOME/dmoerm`, else `~/.cache/dmoerm`).
  ///   - options: The backend, threads and precision to compute with.
  ///   - goldens: Which of the recorded texts must get their recorded ids and rewards.
  /// - Throws: `ModelError.malformedBundle`, `.backboneMismatch`, `.goldenMismatch`, `.unreadableBackbone`;
  ///   `CoreError` for broken tensors.
  public init(
    contentsOf bundle: URL, backbone: URL? = nil, options: ComputeOptions = ComputeOptions(),
    goldens: GoldenCheck = .shortest
  ) throws {
    let manifest = try Self.manifest(of: bundle)
    let url = try backbone ?? BackboneSearch.find(manifest.backbone.name, beside: bundle)
    try self.init(bundle, manifest, over: try Backbone(contentsOf: url, options: options), options, goldens)
  }

  /// The same over a backbone that is in memory already: several models can share one.
  public init(
    contentsOf bundle: URL, backbone: Backbone, options: ComputeOptions = ComputeOptions(),
    goldens: GoldenCheck = .shortest
  ) throws {
    try self.init(bundle, try Self.manifest(of: bundle), over: backbone, options, goldens)
  }

  /// A bundle's description, if the bundle has the files that it names and no others.
  private static func manifest(of bundle: URL) throws -> BundleManifest {
    BundleFolder.recover(bundle)
    let manifest = try BundleManifest.read(from: bundle)
    func malformed(_ reason: String) -> ModelError { .malformedBundle(path: bundle.path, reason: reason) }
    let found = BundleFolder.files(in: bundle)
    if let missing = manifest.files.subtracting(found).sorted().first { throw malformed("\(missing) is missing") }
    if let stranger = found.subtracting(manifest.files).sorted().first {
      throw malformed("\(stranger) is not part of it")
    }
    return manifest
  }

  private init(
    _ bundle: URL, _ manifest: BundleManifest, over loaded: Backbone, _ options: ComputeOptions, _ goldens: GoldenCheck
  ) throws {
    func malformed(_ reason: String) -> ModelError { .malformedBundle(path: bundle.path, reason: reason) }
    guard loaded.fingerprint == manifest.backbone.fingerprint else {
      throw ModelError.backboneMismatch(
        expected: "\(manifest.backbone.name) (\(manifest.backbone.fingerprint))",
        found: "\(loaded.name) (\(loaded.fingerprint))")
    }
    try self.init(configuration: manifest.configuration, backbone: loaded, seed: 0, options: options)
    guard tokenizer.fingerprint == manifest.reading.tokenizerFingerprint else {
      throw malformed("its tokenizer is another one than the backbone's")
    }
    guard manifest.reading.pooling == configuration.pooling.words else {
      throw malformed(
        "its pooling is \(configuration.pooling.rawValue), but its rewards were read by the \(manifest.reading.pooling)"
      )
    }
    guard manifest.categories.map(\.id) == configuration.taxonomy.categories.map(\.id) else {
      throw malformed("its categories are not those of its taxonomy")
    }
    provenance = manifest.provenance
    if let recorded = manifest.temperature {
      guard recorded > 0, recorded.isFinite else { throw malformed("its temperature is \(recorded)") }
      temperature = recorded
    }
    let numbers = loaded.configuration
    if manifest.isRouterTrained {
      router = try Router(
        folder: bundle, categories: inner.count, backbone: numbers, configuration: configuration.router)
      isRouterTrained = true
    }
    for (index, record) in manifest.categories.enumerated() {
      try inner[index].read(
        record, from: bundle.appendingPathComponent(record.id), for: numbers, pooling: configuration.pooling)
    }
    let tolerance = max(precision.goldenTolerance, manifest.precision?.goldenTolerance ?? 0)
    try check(manifest.goldens, goldens, tolerance: tolerance)
  }

  private func golden(_ candidate: Candidate) throws -> Golden {
    let encoded = try encode(candidate.conversation, responses: [candidate.response])
    let breakdown = try breakdown(of: candidate.response, to: candidate.conversation)
    return Golden(
      conversation: candidate.conversation, response: candidate.response, ids: encoded.prompt + encoded.responses[0],
      category: breakdown.category, reward: breakdown.reward)
  }

  /// Those of the built-in texts that the model is long enough for.
  private func standardGoldens() throws -> [Golden] {
    try Self.standardGoldens.compactMap { candidate in
      do { return try golden(candidate) } catch ModelError.overLength { return nil }
    }
  }

  /// - Parameter tolerance: As the coarser precision asks for, of writing and reading.
  private func check(_ goldens: [Golden], _ extent: GoldenCheck, tolerance: Float) throws {
    guard extent != .none else { return }
    let shortest = goldens.indices.min { goldens[$0].ids.count < goldens[$1].ids.count }
    for (index, golden) in goldens.enumerated() {
      let encoded = try encode(golden.conversation, responses: [golden.response])
      let sameIDs = encoded.prompt + encoded.responses[0] == golden.ids
      guard extent == .all || index == shortest || !sameIDs else { continue }
      // The category is held to the recorded one: a router on the edge may fall to the other side.
      let category = isMixing ? nil : golden.category
      let reward = try score(golden.response, to: golden.conversation, category: category)
      guard sameIDs, abs(reward - golden.reward) <= tolerance * max(1, abs(golden.reward))
      else {
        throw ModelError.goldenMismatch(index: index, expected: golden.reward, found: reward)
      }
    }
  }

  /// Whether a recorded reward may be a mixture of several categories.
  private var isMixing: Bool { if case .mixture = configuration.routing { true } else { false } }

  private static let standardGoldens: [Candidate] = [
    ("What is the boiling point of water at sea level?", "At sea level water boils at 100 degrees Celsius."),
    ("I had a rough day and could use a kind word.", "I'm sorry today was hard. Do you want to tell me about it?"),
    ("Write a one-line slogan for a bicycle shop.", "Two wheels, one city, no hurry."),
  ].compactMap { try? Candidate(prompt: $0, response: $1) }
}

/// The check of a bundle against its golden texts when it is read.
public enum GoldenCheck: String, Sendable, CaseIterable {
  /// Their token ids, and the reward of the shortest: a wrong template, tokenizer, backbone or kernel shows, at the cost
  /// of scoring one short text.
  case shortest
  /// The ids and rewards of all.
  case all
  /// No golden text is encoded or scored.
  case none
}

extension InnerMoE {
  /// Reads what the bundle holds of this category.
  fileprivate mutating func read(
    _ record: BundleManifest.CategoryRecord, from home: URL, for backbone: BackboneConfiguration,
    pooling: StatePooling
  ) throws {
    for (name, scale) in [("its", record.normalization)]
      + (record.expertNormalizations ?? [:]).map({ ("the expert \($0)'s", $1) })
    where !(scale.deviation > 0 && scale.deviation.isFinite && scale.mean.isFinite) {
      // One below 0 would turn the order of responses round.
      throw ModelError.malformedBundle(
        path: home.path, reason: "\(name) rewards are normalized by \(scale.deviation) about \(scale.mean)")
    }
    normalization = record.normalization
    expertNormalizations = try record.expertNormalizations.map { recorded in
      try category.points.map { point in
        guard let own = recorded[point.id] else {
          throw ModelError.malformedBundle(path: home.path, reason: "the scale of \(point.id)'s rewards is missing")
        }
        return own
      }
    }
    if combination != nil, expertNormalizations == nil {
      throw ModelError.malformedBundle(path: home.path, reason: "it combines rewards whose scales it does not say")
    }
    if record.isBaseTrained {
      base = try Expert(contentsOf: home.appendingPathComponent("base"), for: backbone, pooling: pooling)
      isBaseTrained = true
    }
    for (place, point) in category.points.enumerated() where record.experts.contains(point.id) {
      experts[place] = try Expert(contentsOf: home.appendingPathComponent(point.id), for: backbone, pooling: pooling)
    }
    guard record.hasAggregator else { return }
    guard completeExperts != nil else {
      throw ModelError.malformedBundle(path: home.path, reason: "it has an aggregator, but not every expert")
    }
    aggregator = try Aggregator(
      contentsOf: home.appendingPathComponent("aggregator.safetensors"),
      inputs: experts.count * pooling.width(backbone.hiddenSize))
  }
}
