/// What was changed between two texts, as a person reads it: `[-left out-]{+put in+}`, in the words around it.
@_spi(Command) public struct TextDifference: Sendable, Hashable {
  /// The difference on one line.
  public let text: String

  /// The difference of two texts.
  ///
  /// - Parameters:
  ///   - before: the text as it was.
  ///   - after: the text as it is.
  ///   - context: so many unchanged words are shown on either side of a change; of longer stretches an ellipsis stands.
  public init(_ before: String, _ after: String, context: Int = 8) {
    let (old, new) = (Self.words(before), Self.words(after))
    let difference = new.difference(from: old)
    var removed: Set<Int> = []
    var inserted: [Int: String] = [:]
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, let word, _): inserted[offset] = word
      }
    }
    // Where little is left, words that happen to agree only confuse.
    let isWhole = (old.count - removed.count) * 3 < max(old.count, new.count)
    let runs =
      isWhole
      ? [Run(kind: .removed, words: old), Run(kind: .inserted, words: new)]
      : Self.runs(old, new, removed, inserted)
    text = Self.rendered(runs, context)
  }

  private struct Run {
    enum Kind { case same, removed, inserted }
    let kind: Kind
    var words: [String]
  }

  /// Words and marks with the white space before them; every Chinese character is a word.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var (isBlank, isInWord) = (true, false)
    for character in text {
      let isLetter = character.isLetter || character.isNumber || character == "'" || character == "’"
      let goesOn = isLetter && !character.isHan
      if !isBlank, !(isInWord && goesOn) {
        words.append(word)
        (word, isBlank) = ("", true)
      }
      word.append(character.isNewline ? "⏎" : character)
      isBlank = isBlank && character.isWhitespace
      isInWord = goesOn
    }
    return word.isEmpty ? words : words + [word]
  }

  private static func runs(_ old: [String], _ new: [String], _ removed: Set<Int>, _ inserted: [Int: String]) -> [Run] {
    var runs: [Run] = []
    func add(_ kind: Run.Kind, _ word: String) {
      if runs.last?.kind == kind {
        runs[runs.count - 1].words.append(word)
      } else {
        runs.append(Run(kind: kind, words: [word]))
      }
    }
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      if i < old.count, removed.contains(i) {
        add(.removed, old[i])
        i += 1
      } else if j < new.count, let word = inserted[j] {
        add(.inserted, word)
        j += 1
      } else if i < old.count {
        add(.same, old[i])
        i += 1
        j += 1
      } else {
        break
      }
    }
    return runs
  }

  private static func rendered(_ runs: [Run], _ context: Int) -> String {
    return runs.enumerated().map { index, run in
      switch run.kind {
      case .removed: return "[-" + run.words.joined() + "-]"
      case .inserted: return "{+" + run.words.joined() + "+}"
      case .same:
        let (isFirst, isLast) = (index == 0, index == runs.count - 1)
        let head = isFirst ? 0 : context
        let tail = isLast ? 0 : context
        guard run.words.count > head + tail else { return run.words.joined() }
        return run.words.prefix(head).joined() + "…" + run.words.suffix(tail).joined()
      }
    }.joined()
  }
}
