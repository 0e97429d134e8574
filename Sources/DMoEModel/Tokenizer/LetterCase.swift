/// How the regular expressions that heed case see a Unicode scalar.
enum LetterCase: UInt8, Sendable {
  /// `\p{Lu}` and `\p{Lt}`
  case capital
  /// `\p{Ll}`
  case small
  /// `\p{Lm}`, `\p{Lo}` and `\p{M}`, which stand for both.
  case either
  /// Anything else.
  case none

  /// Classifies by the scalar's own properties, as of the regular expressions' Unicode version.
  init(_ scalar: Unicode.Scalar) {
    guard let age = scalar.properties.age, age <= ScalarClass.regexVersion else {
      self = .none
      return
    }
    self =
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .titlecaseLetter: .capital
      case .lowercaseLetter: .small
      case .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark, .enclosingMark: .either
      default: .none
      }
  }

  /// The classes of all scalars.
  private static let table = ScalarTable(none: LetterCase.none) { LetterCase($0) }

  /// The class of the scalar at a position, and how many bytes it takes.
  static func at(_ position: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> (LetterCase, width: Int) {
    let (value, width) = UTF8Scalars.decode(bytes, position)
    return (table[value], width)
  }
}
