/// A choice that settings spell by a word, though elsewhere it may be written otherwise.
package protocol SettingWord: Codable {
  /// The words there are.
  static var settingWords: [String] { get }
  /// The word of this choice.
  var settingWord: String { get }
  /// The choice of a word; `nil` if there is none.
  init?(settingWord: String)
}
