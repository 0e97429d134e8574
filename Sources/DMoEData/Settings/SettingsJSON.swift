import DMoEFoundation
public import Foundation

/// Settings as JSON: the values that a file names, to be put over those that hold otherwise.
///
/// Read by the letter: a key that the settings do not have is refused and not passed over.
///
/// ```swift
/// let json = try SettingsJSON(Data(#"{"base": {"epochs": 2}}"#.utf8))
/// let configuration = try json.applied(to: TrainingConfiguration())
/// print(try SettingsJSON(showing: configuration).text)
/// ```
public struct SettingsJSON: Sendable, Equatable {
  let tree: JSONValue

  init(_ tree: JSONValue) { self.tree = tree }

  /// The settings that a text names.
  ///
  /// - Throws: `SettingsError.syntax`.
  public init(_ text: Data) throws(SettingsError) {
    do { tree = try JSONReader.value(of: text, .strict) } catch {
      throw .syntax(line: error.line, column: error.column, reason: error.reason)
    }
  }

  /// Every setting there is; one that is not set is null, so that it stays unset where it is read.
  ///
  /// - Throws: `SettingsError.misfit` for a number that JSON cannot hold.
  public init(showing settings: some Codable) throws(SettingsError) {
    tree = try Self.read(type(of: settings), given: nil, standing: Self.encoded(settings)).node.shown
  }

  /// What the text says, for a type whose keys have to be there unless they are optional.
  ///
  /// - Throws: `SettingsError` with the key at fault.
  public func decoded<Settings: Decodable>(as type: Settings.Type) throws(SettingsError) -> Settings {
    try Self.read(type, given: tree, standing: nil).value
  }

  /// Settings with these values in place of their own; keys that are not named keep theirs.
  ///
  /// Objects are put over each other key by key. Lists, and objects whose keys are not fixed, are replaced whole.
  ///
  /// - Throws: `SettingsError` with the key at fault.
  public func applied<Settings: Codable>(to settings: Settings) throws(SettingsError) -> Settings {
    try Self.read(Settings.self, given: tree, standing: Self.encoded(settings)).value
  }

  /// Whether a value stands at this path, such as `model.maximumTokens`.
  public func names(_ path: String) -> Bool {
    path.split(separator: ".").reduce(Optional(tree)) { $0?[String($1)] } != nil
  }

  /// As JSON on several lines, in the order in which the settings are declared.
  public var text: String { tree.indented() }

  private static func read<Settings: Decodable>(
    _ type: Settings.Type, given: JSONValue?, standing: JSONValue?
  ) throws(SettingsError) -> (value: Settings, node: SettingsNode) {
    let node = SettingsNode(given: given, standing: standing)
    do {
      let value = try node.read(type)
      if let stranger = node.stranger(in: node) { throw stranger }
      return (value, node)
    } catch let error as SettingsError {
      throw error
    } catch {
      throw .misfit(path: "", reason: "is not what it should be")
    }
  }

  static func encoded(_ settings: some Encodable) throws(SettingsError) -> JSONValue {
    do {
      return try JSONReader.value(of: try JSONEncoder.canonical.encode(settings), .strict)
    } catch EncodingError.invalidValue(_, let context) {
      throw .misfit(path: SettingPath(context.codingPath).text, reason: "is no finite number")
    } catch {
      throw .misfit(path: "", reason: "cannot be written as JSON")
    }
  }
}

extension SettingsJSON: Decodable {
  /// Any value, for settings within others that wait for what they are put over.
  ///
  /// - Throws: `DecodingError` unless the others are read by `decoded(as:)` or `applied(to:)`.
  public init(from decoder: any Decoder) throws {
    guard let value = (decoder as? SettingsDecoder)?.node.value else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "not read by SettingsJSON.decoded(as:)"))
    }
    tree = value
  }
}
