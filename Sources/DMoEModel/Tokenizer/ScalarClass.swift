/// How the regular expressions of the pre-tokenizers see a Unicode scalar.
enum ScalarClass: UInt8, Sendable {
  /// Neither letter, number nor white space.
  case other
  /// `\p{L}`
  case letter
  /// `\p{N}`
  case number
  /// `\s`, the White_Space property.
  case space
  /// A number for the `Digits` splitter, which knows a newer Unicode, and `other` for the regular expressions.
  case newNumber

  /// The Unicode version of the regular expressions: Oniguruma 6.9.10, which `tokenizers` 0.23 is built with.
  static let regexVersion = (major: 16, minor: 0)
  /// The Unicode version of `char::is_numeric`, which the `Digits` splitter of `tokenizers` 0.23 asks.
  private static let digitsVersion = (major: 17, minor: 0)

  /// Classifies by the scalar's own properties.
  init(_ scalar: Unicode.Scalar) {
    let properties = scalar.properties
    // Later Unicode versions only add letters and numbers; those were unassigned, hence `other`, to the engine.
    func known(_ version: (major: Int, minor: Int)) -> Bool { properties.age.map { $0 <= version } ?? false }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      self = known(Self.regexVersion) ? .letter : .other
    case .decimalNumber, .letterNumber, .otherNumber:
      self = known(Self.regexVersion) ? .number : known(Self.digitsVersion) ? .newNumber : .other
    default: self = properties.isWhitespace ? .space : .other
    }
  }

  /// The classes of all scalars.
  static let table = ScalarTable(none: ScalarClass.other) { ScalarClass($0) }
}
