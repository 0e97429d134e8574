import DMoEData

extension Projection: SettingWord {
  /// The short names, in the order of a block.
  package static var settingWords: [String] { allCases.map(\.settingWord) }
  /// The short name, such as "query".
  package var settingWord: String { "\(self)" }

  /// A projection by its short name ("query") or PEFT's ("q_proj").
  package init?(settingWord word: String) {
    guard let match = Self.allCases.first(where: { $0.settingWord == word || $0.name == word }) else { return nil }
    self = match
  }
}
