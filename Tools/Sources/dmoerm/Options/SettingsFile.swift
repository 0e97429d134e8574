import Foundation

/// A JSON file of settings: each key known, each there once, each value of its kind.
struct SettingsFile {
  let path: String
  let value: JSONValue

  /// - Parameter option: How the command line names the file, such as "--config"; empty for an argument.
  /// - Throws: `Failure` for a file that is missing or no JSON object.
  init(_ path: String, option: String = "") throws {
    let content = try InputFile(path, option: option).json(status: .usage)
    self.path = path
    do {
      value = try JSONDecoder().decode(JSONValue.self, from: content)
    } catch DecodingError.typeMismatch(_, let context) {
      // Nothing else in JSON is none of the cases.
      let place = KeyPathText(context.codingPath).text
      throw Failure("\(path): \"\(place)\" has a number that is too large", status: .usage)
    }
    guard case .object = value else { throw Failure("\(path): it is not a JSON object", status: .usage) }
  }

  /// What the file says, in the form of a type that encodes to the keys it reads.
  ///
  /// - Throws: `Failure` with the key at fault.
  func decoded<T: Codable>(as type: T.Type) throws -> T {
    let result = try SettingFault.decode(type, from: value, in: path)
    try SettingFault.checkKeys(of: value, as: type, in: path)
    return result
  }
}
