/// The name of a contender, by which its folder is called and its members are told apart.
///
/// It is made of ASCII letters, digits, `-` and `_`, so that it can name a folder anywhere; `a` and `A` are two names. A
/// literal that is none is a mistake of the program's and traps.
public struct ContenderID: Sendable, Hashable, ExpressibleByStringLiteral {
  /// The name.
  public let name: String

  /// A name that comes from outside.
  ///
  /// - Throws: `ExperimentError.invalidPlan` for an empty name and other characters.
  public init(_ name: String) throws(ExperimentError) {
    guard Self.isName(name) else {
      throw .invalidPlan(reason: "a contender's name is made of letters, digits, - and _")
    }
    self.name = name
  }

  /// A name of the program's own.
  public init(stringLiteral name: String) {
    precondition(Self.isName(name), "ContenderID: a contender's name is made of letters, digits, - and _")
    self.name = name
  }

  /// Whether a text can name a contender or a set of samples, and so a file.
  static func isName(_ text: String) -> Bool {
    !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_".unicodeScalars.contains($0))
      }
  }
}

extension ContenderID: CustomStringConvertible {
  /// The name.
  public var description: String { name }
}

/// In JSON an identifier is its name, also as a key.
extension ContenderID: Codable, CodingKeyRepresentable {
  /// The name as a key.
  public var codingKey: any CodingKey { name.codingKey }

  /// A key that is a name; `nil` for others.
  public init?(codingKey: some CodingKey) {
    guard let id = try? ContenderID(codingKey.stringValue) else { return nil }
    self = id
  }

  /// Reads a name.
  ///
  /// - Throws: `ExperimentError.invalidPlan`; `DecodingError` for what is no text.
  public init(from decoder: any Decoder) throws {
    try self.init(decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
