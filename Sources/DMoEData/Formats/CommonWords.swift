/// Where two texts that begin alike part, between words.
enum CommonWords {
  /// The words that both begin with, and how each goes on; nil if they share no whole word.
  ///
  /// A space between the two belongs to how they go on, as in `trl/data_utils.py:extract_prompt`, which cuts inside words.
  static func split(_ first: String, _ second: String) -> (prefix: String, rests: [String])? {
    let texts = [Array(first.unicodeScalars), Array(second.unicodeScalars)]
    let shorter = min(texts[0].count, texts[1].count)
    let common = zip(texts[0], texts[1]).prefix { $0 == $1 }.count
    // Neither may end here: something has to be left of both.
    var end = min(common, shorter - 1)
    while end > 0 {
      if texts.allSatisfy({ isBoundary($0, end) }) {
        let start = texts[0][end - 1] == " " ? end - 1 : end
        let prefix = text(texts[0][..<start])
        let rests = texts.map { text($0[start...]) }
        if !prefix.isBlank, !rests.contains(where: \.isBlank) { return (prefix, rests) }
      }
      end -= 1
    }
    return nil
  }

  /// Whether a word ends before the scalar at `index` or begins with it.
  private static func isBoundary(_ text: [Unicode.Scalar], _ index: Int) -> Bool {
    let (before, after) = (text[index - 1], text[index])
    return before.properties.isWhitespace || after.properties.isWhitespace
      // Scripts without spaces set marks of full width between sentences.
      || "。，、；：！？…」』）".unicodeScalars.contains(before)
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars)
    return text
  }
}
