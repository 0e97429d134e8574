@_spi(Command) import DMoEData
import DMoEModel
@_spi(Command) import DMoETrain
import Foundation
import Testing

struct SettingsTests {
  /// Training settings in which nothing is unset.
  private static let everything = TrainingConfiguration { all in
    for phase in [\TrainingConfiguration.base, \.expert, \.aggregator, \.router.phase] {
      all[keyPath: phase].validationInterval = 3
      all[keyPath: phase].maximumSteps = 5
    }
    all.regularization = Regularization(languageModeling: .init(), batchSum: 0.25, headDropout: .init())
    all.data.unlabeled = .route(minimumProbability: 0.5)
  }

  /// The settings of a model in which nothing is unset.
  private static let everyModel = RewardModel.Configuration { all in
    all.base.topLayers = 3
    all.expert.topLayers = 3
    all.router.adapter = LoRAConfiguration(topLayers: 2)
    all.router.depth = 4
    all.joinedRank = 6
    all.combination = .uncertaintyWeighted(lambda: 0.5)
    all.routing = .mixture(threshold: 0.5)
    all.depth = 5
    all.aggregatorWidth = 8
    all.template.bosToken = "b"
    all.template.systemMessage = "s"
  }

  /// The paths of all stored properties, by reflection; a list, an enum and a dictionary are one value.
  private static func paths(of value: Any, _ path: String = "") -> [String] {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional: return mirror.children.first.map { paths(of: $0.value, path) } ?? [path]
    case .struct where !mirror.children.isEmpty && path != "taxonomy":
      return mirror.children.flatMap { child in
        paths(of: child.value, path.isEmpty ? child.label ?? "" : "\(path).\(child.label ?? "")")
      }
    default: return [path]
    }
  }

  @Test func everySettingIsShown() throws {
    for configuration in [TrainingConfiguration(), .paper, Self.everything] {
      let shown = try SettingsJSON(showing: configuration)
      for path in Self.paths(of: configuration) { #expect(shown.names(path), "\(path) is not shown") }
    }
    for configuration in [RewardModel.Configuration(), Self.everyModel] {
      let shown = try SettingsJSON(showing: configuration)
      for path in Self.paths(of: configuration) { #expect(shown.names(path), "\(path) is not shown") }
    }
    #expect(Self.paths(of: Self.everything).count > 60 && Self.paths(of: Self.everyModel).count > 30)
  }

  /// Every value is changed by itself, in the text that is shown: what is read back shows that value and no other change.
  @Test func everySettingThatIsShownIsReadBack() throws {
    try expectEveryValueIsRead(Self.everything, TrainingConfiguration())
    try expectEveryValueIsRead(Self.everyModel, RewardModel.Configuration())
  }

  private func expectEveryValueIsRead<Settings: Codable & Equatable>(
    _ everything: Settings, _ defaults: Settings
  ) throws {
    let lines = try SettingsJSON(showing: everything).text.split(separator: "\n").map(String.init)
    #expect(try SettingsJSON(Data(lines.joined(separator: "\n").utf8)).applied(to: defaults) == everything)
    var changed = 0
    for (index, line) in lines.enumerated() {
      guard let colon = line.range(of: ": ") else { continue }
      guard let other = Self.other(String(line[colon.upperBound...])) else { continue }
      var copy = lines
      copy[index] = line[..<colon.upperBound] + other
      let text = copy.joined(separator: "\n")
      let read = try SettingsJSON(Data(text.utf8)).applied(to: defaults)
      #expect(read != everything, "\(line) is passed over")
      #expect(try SettingsJSON(showing: read).text == text)
      changed += 1
    }
    #expect(changed > 20)
  }

  /// Another value of the same kind; `nil` for a line that holds no single value, or a name that is one of several.
  private static func other(_ value: String) -> String? {
    let isLast = !value.hasSuffix(",")
    let bare = isLast ? value : String(value.dropLast())
    let other: String? =
      switch bare {
      case "true": "false"
      case "false": "true"
      default: Double(bare) == nil ? nil : bare.contains(".") ? "0.125" : bare == "17" ? "18" : "17"
      }
    return other.map { $0 + (isLast ? "" : ",") }
  }

  @Test func everyWordIsReadBack() throws {
    for start in TrainingConfiguration.BaseStart.allCases {
      let json = try SettingsJSON(Data(#"{"start": {"bases": "\#(start.rawValue)"}}"#.utf8))
      #expect(try json.applied(to: TrainingConfiguration()).start.bases == start)
    }
    for projection in Projection.allCases {
      for word in ["\(projection)", projection.name] {
        let json = try SettingsJSON(Data(#"{"base": {"targets": ["\#(word)"]}}"#.utf8))
        #expect(try json.applied(to: RewardModel.Configuration()).base.targets == [projection])
      }
    }
    let json = try SettingsJSON(Data(#"{"base": {"targets": ["query", "nothing"]}}"#.utf8))
    #expect(
      throws: SettingsError.misfit(
        path: "base.targets[1]", reason: "is one of query, key, value, output, gate, up, down")
    ) { try json.applied(to: RewardModel.Configuration()) }
  }

  /// Of settings that are absent as a whole, a part may be named.
  @Test func aPartOfAnAbsentGroupBeginsFromItsDefaults() throws {
    let training = try SettingsJSON(Data(#"{"regularization": {"languageModeling": {"tokens": 8}}}"#.utf8))
    #expect(
      try training.applied(to: TrainingConfiguration()).regularization
        == Regularization(languageModeling: .init(tokens: 8)))
    let model = try SettingsJSON(Data(#"{"router": {"adapter": {"rank": 4}}}"#.utf8))
    #expect(try model.applied(to: RewardModel.Configuration()).router.adapter == LoRAConfiguration(rank: 4))
  }

  /// Every key that stood at the top once says where it is, and its new place exists.
  @Test func aKeyOfTheFlatFormSaysItsNewPlace() throws {
    let shown = try SettingsJSON(showing: Self.everything)
    for (old, relocation) in TrainingConfiguration.relocations {
      guard case .moved(let new) = relocation else { continue }
      #expect(shown.names(new), "\(new) does not exist")
      let parts = old.split(separator: ".")
      let text = parts.reversed().reduce("1") { "{\"\($1)\": \($0)}" }
      #expect(throws: SettingsError.moved(path: old, to: new)) {
        try SettingsJSON(Data(text.utf8)).applied(to: TrainingConfiguration())
      }
    }
    #expect(TrainingConfiguration.relocations.count == 15)
  }
}
