@_spi(Command) import DMoERM
import Foundation

/// What a bundle says of itself, read without its backbone.
struct BundleSummary: Codable {
  struct Backbone: Codable {
    var name: String
    var fingerprint: String
    var architecture: String
    var hiddenSize: Int
    var layerCount: Int
  }

  struct Category: Codable {
    /// The mean and deviation of the rewards on training data.
    struct Normalization: Codable {
      var mean: Float
      var deviation: Float

      /// Whether rewards are as the head gives them.
      var isPlain: Bool { mean == 0 && deviation == 1 }
    }

    var id: String
    var isBaseTrained: Bool
    var hasAggregator: Bool
    var experts: [String]
    var normalization: Normalization
  }

  struct Golden: Codable {
    var category: String
    var reward: Float
    var ids: [Int32]
  }

  var version: Int
  var configuration: RewardModel.Configuration
  var backbone: Backbone
  var isRouterTrained: Bool
  var categories: [Category]
  var goldens: [Golden]
  var temperature: Float?
  var provenance: [String: String]
  var imported: ImportRecord?
  /// The folders of an ensemble's members over other backbones.
  var companions: [String]?
  /// What those say of themselves.
  var members: [BundleSummary] = []
  /// Bytes of each part, by folder.
  var sizes: [String: Int] = [:]

  private enum CodingKeys: CodingKey {
    case version, configuration, backbone, isRouterTrained, categories, goldens, temperature, provenance, imported,
      companions
  }

  init(contentsOf folder: String) throws {
    guard FileManager.default.fileExists(atPath: folder) else {
      throw Failure("\(folder): there is no such bundle", status: .badInput)
    }
    let url = URL(fileURLWithPath: folder, isDirectory: true)
    guard let data = FileManager.default.contents(atPath: url.appendingPathComponent("dmoerm.json").path) else {
      throw Failure("\(folder) is no bundle: there is no dmoerm.json in it", status: .badInput)
    }
    do {
      self = try JSONDecoder().decode(BundleSummary.self, from: data)
    } catch {
      throw Failure("\(folder): dmoerm.json cannot be read; was it written by another version?", status: .badInput)
    }
    members = try (companions ?? []).map { try BundleSummary(contentsOf: url.appendingPathComponent($0).path) }
    sizes = Self.sizes(url)
  }

  private static func sizes(_ root: URL) -> [String: Int] {
    let files = FileManager.default
    var sizes: [String: Int] = [:]
    for path in (try? files.subpathsOfDirectory(atPath: root.path)) ?? [] {
      let facts = try? files.attributesOfItem(atPath: root.appendingPathComponent(path).path)
      guard facts?[.type] as? FileAttributeType == .typeRegular else { continue }
      let part = path.split(separator: "/").dropLast().first.map(String.init) ?? path
      sizes[part, default: 0] += (facts?[.size] as? NSNumber)?.intValue ?? 0
    }
    return sizes
  }

  /// Whether there are experts that no reward comes of: neither an aggregator nor a rule reads them.
  private func isAside(_ category: Category) -> Bool {
    !category.experts.isEmpty && !category.hasAggregator && configuration.combination == nil
  }

  /// What a check of the golden texts that went well says, and what it does not.
  var checked: String {
    let covered = Set(goldens.map(\.category))
    let others = categories.map(\.id).filter { !covered.contains($0) }
    return "Checked: every golden text gets its recorded reward here."
      + (others.isEmpty ? "" : " There is none of \(others.joined(separator: ", ")).")
  }

  func lines(_ terminal: Terminal, name: String) -> [String] {
    func adapter(_ adapter: LoRAConfiguration) -> String {
      if adapter == .none { return "heads over the backbone as it is, without an adapter" }
      let layers = adapter.topLayers.map { "the top \($0) layers" } ?? "all layers"
      return "rank \(adapter.rank), alpha \(Numbers.fixed(Double(adapter.alpha), 0)), "
        + adapter.targets.map { "\($0)" }.joined(separator: " ") + ", \(layers)"
    }
    // A model without capability points has no experts to tell of.
    let hasExperts = configuration.taxonomy.categories.contains { !$0.points.isEmpty }
    let facts: [(String, String?)] = [
      ("bundle", name),
      ("size", Numbers.bytes(sizes.values.reduce(0, +))),
      (
        "backbone",
        "\(backbone.name), \(backbone.architecture), \(backbone.layerCount) layers of \(backbone.hiddenSize)"
      ),
      ("fingerprint", backbone.fingerprint),
      ("imported", imported?.path),
      ("class", imported?.className),
      ("head", imported?.headText),
      ("padding", imported?.padding),
      (
        "rewards",
        hasExperts ? nil : imported?.rewardsText(areNormalized: categories.contains { !$0.normalization.isPlain })
      ),
      ("router", categories.count > 1 ? (isRouterTrained ? "trained" : "untrained") : nil),
      ("unsure", categories.count > 1 ? configuration.routing.summary : nil),
      ("bases", adapter(configuration.base)),
      (
        "experts",
        hasExperts ? configuration.expert == configuration.base ? "as bases" : adapter(configuration.expert) : nil
      ),
      ("template", configuration.template.name),
      ("state read", configuration.stateSummary),
      ("longest text", "\(configuration.maximumTokens) tokens"),
      ("temperature", temperature.flatMap { $0 == 1 ? nil : Numbers.fixed(Double($0), 2) }),
      (
        "golden texts",
        goldens.isEmpty ? "none" : goldens.map { "\($0.category) \(Numbers.reward($0.reward))" }.joined(separator: ", ")
      ),
    ]
    let others = zip(2..., members).map { number, member in
      (
        "member \(number)",
        Optional(
          "\(member.backbone.name), \(member.backbone.architecture), \(member.backbone.layerCount) layers of "
            + "\(member.backbone.hiddenSize)"
            + (member.imported.map { "; \($0.headText); imported from \($0.path)" } ?? ""))
      )
    }
    let origin = provenance.sorted { $0.key < $1.key }.map { ($0.key.onOneLine, Optional($0.value.onOneLine)) }
    var table = TextTable([
      ("category", .left), ("base", .left), ("experts", .right), ("aggregator", .left), ("mean", .right),
      ("deviation", .right), ("size", .right),
    ])
    for category in categories {
      let points = configuration.taxonomy[category.id]?.points.count ?? 0
      table.rows.append([
        category.id, category.isBaseTrained ? "trained" : "untrained",
        "\(members.isEmpty ? category.experts.count : points) of \(points)" + (isAside(category) ? ", aside" : ""),
        configuration.combination?.description ?? (category.hasAggregator ? "trained" : "none"),
        Numbers.fixed(Double(category.normalization.mean), 3),
        Numbers.fixed(Double(category.normalization.deviation), 3), Numbers.bytes(sizes[category.id] ?? 0),
      ])
    }
    var lines = FactList(facts + others + origin).lines(terminal) + [""] + table.lines(terminal)
    let aside = categories.filter(isAside).map(\.id)
    if !aside.isEmpty {
      lines += [
        "",
        "Without an aggregator the experts of \(aside.joined(separator: ", ")) stand aside: the base alone gives the reward.",
      ]
    }
    for category in categories where !category.experts.isEmpty {
      let text = "\(category.id): \(category.experts.joined(separator: ", "))"
      lines += [""] + text.wrapped(to: terminal.isInteractive ? terminal.width : 100)
    }
    return lines
  }
}

extension RewardModel.RoutingPolicy {
  /// What is done where the router is not sure, if there is anything.
  fileprivate var summary: String? {
    func below(_ threshold: Float) -> String { "below \(Numbers.fixed(Double(threshold), 2))" }
    return switch self {
    case .top1: nil
    case .mixture(let threshold): "\(below(threshold)) all categories by their probabilities"
    case .fallback(let threshold, let category): "\(below(threshold)) \(category), trained on all preferences"
    }
  }
}

extension RewardModel.Configuration {
  fileprivate var stateSummary: String {
    guard let lowerDepths, !lowerDepths.isEmpty else { return pooling.summary }
    return pooling.summary + ", after layers \(lowerDepths.map(String.init).joined(separator: ", ")) as well"
  }
}

extension StatePooling {
  fileprivate var summary: String {
    switch self {
    case .last: "the last token's"
    case .mean: "the mean of all tokens'"
    case .lastAndMean: "the last token's and the mean of all tokens'"
    case .response: "the mean of the response's tokens'"
    case .lastAndResponse: "the last token's and the mean of the response's tokens'"
    }
  }
}
