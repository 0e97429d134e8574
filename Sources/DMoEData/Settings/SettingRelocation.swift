/// Where a setting is that is not found where it is looked for.
@_spi(Command) public enum SettingRelocation: Sendable, Equatable {
  /// Under another path of the same settings; they may have had it here once.
  case moved(to: String)
  /// Not among the settings that are read and shown, for a reason that goes on after a colon.
  case elsewhere(String)
}

/// Settings with keys that are sought in vain, each with the place where it is.
@_spi(Command) public protocol RelocatingSettings {
  /// By path, within these settings.
  static var relocations: [String: SettingRelocation] { get }
}
