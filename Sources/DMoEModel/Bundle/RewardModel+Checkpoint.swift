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
    let manifest = manifest(goldens: recorded)
    try BundleFolder.replace(bundle) { folder in
      try manifest.write(to: folder)
      for (name, companion) in zip(companionNames, companions) {
        try companion.write(to: folder.appendingPathComponent(name))
      }
      if isRouterTrained { try router.write(to: folder, backboneName: backbone.name) }
      for own in inner {
        try own.write(to: folder.appendingPathComponent(own.category.id), backboneName: backbone.name)
      }
    }
  }

  private func manifest(goldens: [Golden]) -> BundleManifest {
    let numbers = backbone.configuration
    return BundleManifest(
      format: BundleManifest.formatName, version: BundleManifest.currentVersion, configuration: configuration,
      backbone: .init(
        fingerprint: backbone.fingerprint, name: backbone.name, architecture: numbers.architecture,
        hiddenSize: numbers.hiddenSize, layerCount: numbers.layerCount, vocabularySize: numbers.vocabularySize),
      reading: .init(
        pooling: configuration.stateWords, tokenizerFingerprint: reader.tokenizer.fingerprint,
        tokenization: configuration.template.tokenization.rawValue),
      precision: precision, isRouterTrained: isRouterTrained, categories: inner.map(\.record), goldens: goldens,
      temperature: temperature, provenance: provenance, imported: imported,
      companions: companions.isEmpty ? nil : companionNames)
  }

  /// Names that no category has.
  private var companionNames: [String] { companions.indices.map { "member-\($0 + 2).dmoerm" } }

  /// Reads a bundle, strictly: a missing, unknown or misshapen part is an error that names it.
  ///
  /// - Parameters:
  ///   - bundle: The folder that `write(to:)` made.
  ///   - backbone: The GGUF file or Hugging Face folder it was trained on; `nil` looks at the environment variable
  ///     `DMOERM_BACKBONE`, then for a file of the recorded name beside the bundle and in the cache folder
  ///     (`DMOERM_CACHE`, else `XDG_CACHE_HOME/dmoerm`, else `~/.cache/dmoerm`).
  ///   - options: The backend, threads and precision to compute with.
  ///   - goldens: Which of the recorded texts must get their recorded ids and rewards.
  ///   - checks: Whether the backbone is hashed and golden texts are scored where an earlier start did so with the same
  ///     files, program and settings.
  ///   - progress: Told of the backbone's layers read and of all of them.
  /// - Throws: `ModelError.malformedBundle`, `.backboneMismatch`, `.goldenMismatch`, `.unreadableBackbone`;
  ///   `CoreError` for broken tensors.
  public init(
    contentsOf bundle: URL, backbone: URL? = nil, options: ComputeOptions = ComputeOptions(),
    goldens: GoldenCheck = .shortest, checks: StartChecks = .remembered,
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws {
    let manifest = try Self.manifest(of: bundle)
    let url =
      try backbone
      ?? BackboneSearch.find(manifest.backbone.name, beside: bundle, recorded: manifest.imported?.path)
    let loaded = try Backbone(contentsOf: url, options: options, checks: checks, progress: progress)
    try self.init(bundle, manifest, over: loaded, options, (goldens, checks), progress: progress)
  }

  /// The same over a backbone that is in memory already: several models can share one.
  public init(
    contentsOf bundle: URL, backbone: Backbone, options: ComputeOptions = ComputeOptions(),
    goldens: GoldenCheck = .shortest, checks: StartChecks = .remembered
  ) throws {
    try self.init(bundle, try Self.manifest(of: bundle), over: backbone, options, (goldens, checks))
  }

  /// A bundle's description, if the bundle has the files that it names and no others.
  static func manifest(of bundle: URL) throws -> BundleManifest {
    BundleFolder.recover(bundle)
    let manifest = try BundleManifest.read(from: bundle)
    func malformed(_ reason: String) -> ModelError { .malformedBundle(path: bundle.path, reason: reason) }
    // What is in a companion's folder, its own description says.
    let companions = (manifest.companions ?? []).map { $0 + "/" }
    let found = BundleFolder.files(in: bundle).filter { file in !companions.contains { file.hasPrefix($0) } }
    if let missing = manifest.files.subtracting(found).sorted().first { throw malformed("\(missing) is missing") }
    if let stranger = found.subtracting(manifest.files).sorted().first {
      throw malformed("\(stranger) is not part of it")
    }
    return manifest
  }

  /// A model of the parts that a bundle has; what was not trained is drawn anew, ready for training.
  private init(
    _ bundle: URL, _ manifest: BundleManifest, over loaded: Backbone, _ options: ComputeOptions,
    _ asked: (goldens: GoldenCheck, checks: StartChecks),
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws {
    let configuration = manifest.configuration
    let numbers = loaded.configuration
    guard loaded.fingerprint == manifest.backbone.fingerprint else {
      throw ModelError.backboneMismatch(
        expected: "\(manifest.backbone.name) (\(manifest.backbone.fingerprint))",
        found: "\(loaded.name) (\(loaded.fingerprint))")
    }
    try configuration.validate(for: numbers)
    let reader = try StateReader(configuration, backbone: loaded, options: options)
    try manifest.check(reader, path: bundle.path)
    let router =
      try manifest.isRouterTrained
      ? Router(
        folder: bundle, categories: manifest.categories.count, backbone: numbers, configuration: configuration.router)
      : Router(untrained: configuration, for: numbers, seed: 0)
    try self.init(
      configuration: configuration, reader: reader, router: router,
      inner: manifest.categories.enumerated().map { index, record in
        guard record.isBaseTrained else {
          return InnerMoE(untrained: index, of: configuration, for: numbers, seed: 0)
        }
        return try InnerMoE(
          record, of: configuration, in: bundle.appendingPathComponent(record.id), for: numbers)
      })
    provenance = manifest.provenance
    imported = manifest.imported
    companions = try manifest.readCompanions(of: bundle, beside: loaded, options, asked, progress)
    if let recorded = manifest.temperature { temperature = recorded }
    let tolerance = max(precision.goldenTolerance, manifest.precision?.goldenTolerance ?? 0)
    let passed = try GoldenRecord(of: manifest, in: bundle, self, options, asked.goldens)
    let isKnown = asked.checks == .remembered && passed.isKept
    try check(manifest.goldens, asked.goldens, areKnown: isKnown, tolerance: tolerance)
    if !isKnown { passed.keep() }
  }
}

extension BundleManifest {
  /// The members over other backbones, which lie in the bundle.
  ///
  /// - Throws: `ModelError.malformedBundle` for names that lead elsewhere, or without a rule that makes one reward of theirs.
  fileprivate func readCompanions(
    of bundle: URL, beside loaded: Backbone, _ options: ComputeOptions,
    _ asked: (goldens: GoldenCheck, checks: StartChecks), _ progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> [RewardModel] {
    guard let companions, !companions.isEmpty else { return [] }
    guard companions.enumerated().allSatisfy({ $1 == "member-\($0 + 2).dmoerm" }), configuration.combination != nil,
      configuration.taxonomy.categories.map(\.points.count) == [companions.count + 1]
    else {
      throw ModelError.malformedBundle(path: bundle.path, reason: "its members and what it says of them do not fit")
    }
    let models = try RewardModel.companions(
      contentsOf: companions.map { bundle.appendingPathComponent($0) }, beside: [loaded], nextTo: bundle, options,
      asked, progress: progress)
    guard models.allSatisfy({ $0.inner.count == 1 && $0.companions.isEmpty }) else {
      throw ModelError.malformedBundle(
        path: bundle.path, reason: "a member has several categories or members of its own")
    }
    return models
  }

  /// - Throws: `ModelError.malformedBundle` if what it says of its reading, its categories or their numbers cannot be.
  fileprivate func check(_ reader: StateReader, path: String) throws(ModelError) {
    func malformed(_ reason: String) -> ModelError { .malformedBundle(path: path, reason: reason) }
    guard reader.tokenizer.fingerprint == reading.tokenizerFingerprint else {
      throw malformed("its tokenizer is another one than the backbone's")
    }
    guard reading.pooling == configuration.stateWords else {
      throw malformed(
        "its settings read the \(configuration.stateWords), but its rewards were read by the \(reading.pooling)")
    }
    guard categories.map(\.id) == configuration.taxonomy.categories.map(\.id) else {
      throw malformed("its categories are not those of its taxonomy")
    }
    for category in categories where !category.isBaseTrained && (category.hasAggregator || !category.experts.isEmpty) {
      throw malformed("\(category.id) has experts or an aggregator, but no trained base")
    }
    if let temperature, !(temperature > 0 && temperature.isFinite) {
      throw malformed("its temperature is \(temperature)")
    }
  }
}
