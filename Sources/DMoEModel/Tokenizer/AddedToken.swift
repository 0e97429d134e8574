import DMoEFoundation

/// A token that is found in the text as a whole, before the text is split into words.
package struct AddedToken: Sendable, Equatable {
  /// The text that stands for the token.
  package var content: String
  /// The id of the token.
  package var id: Int32
  /// Whether this is a control token, which text that is not parsed for special tokens cannot write.
  package var isSpecial: Bool
  /// Whether the token is looked for in the normalized text rather than in the raw one.
  package var isNormalized: Bool
  /// Whether the token only counts where no word character touches it.
  package var isSingleWord: Bool
  /// Whether the token swallows white space to its left.
  package var stripsLeft: Bool
  /// Whether the token swallows white space to its right.
  package var stripsRight: Bool

  /// Makes an added token; the defaults are those of an ordinary control token.
  package init(
    content: String, id: Int32, isSpecial: Bool = true, isNormalized: Bool = false, isSingleWord: Bool = false,
    stripsLeft: Bool = false, stripsRight: Bool = false
  ) {
    self.content = content
    self.id = id
    self.isSpecial = isSpecial
    self.isNormalized = isNormalized
    self.isSingleWord = isSingleWord
    self.stripsLeft = stripsLeft
    self.stripsRight = stripsRight
  }

  func combine(into hash: inout FNV1aHash) {
    hash.combine(content)
    hash.combine(Int(id))
    for flag in [isSpecial, isNormalized, isSingleWord, stripsLeft, stripsRight] { hash.combine(byte: flag ? 1 : 0) }
  }
}
