/// Settings that may be absent as a whole, and begin from these defaults where a part of them is named.
package protocol SettingsGroup: Codable {
  /// The values of what is not named.
  static var defaults: Self { get }
}
