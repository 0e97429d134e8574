@_spi(Command) import DMoERM
import Foundation

/// A JSON file of settings: each key known, each there once, each value of its kind.
struct SettingsFile {
  let path: String
  let json: SettingsJSON

  /// - Parameter option: How the command line names the file, such as "--config"; empty for an argument.
  /// - Throws: `Failure` for a file that is missing or no JSON.
  init(_ path: String, option: String = "") throws {
    let content = try InputFile(path, option: option).content()
    self.path = path
    json = try Failure.settings(in: path) { try SettingsJSON(content) }
  }

  /// What the file says, as a type whose keys have to be there unless they are optional.
  ///
  /// - Throws: `Failure` with the key at fault.
  func decoded<Settings: Decodable>(as type: Settings.Type) throws -> Settings {
    try Failure.settings(in: path) { try json.decoded(as: type) }
  }
}
