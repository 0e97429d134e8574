extension Character {
  /// Whether it is a Chinese character.
  var isHan: Bool {
    unicodeScalars.first.map { (0x3400...0x9FFF).contains($0.value) || (0x20000...0x3FFFD).contains($0.value) } ?? false
  }
}
