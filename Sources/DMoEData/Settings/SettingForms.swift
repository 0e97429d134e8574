/// A setting that is one of several forms, each with values of its own.
package protocol SettingForms: Codable {
  /// One value of each form, to show how they are written.
  static var examples: [Self] { get }
}

extension SettingForms {
  /// The forms as they are written: `{"drop": {}} or ...`.
  static var words: String {
    let all = examples.compactMap { try? SettingsJSON.encoded($0).json }
    return all.dropLast().joined(separator: ", ") + (all.count > 1 ? " or " : "") + (all.last ?? "")
  }
}
