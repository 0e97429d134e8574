import DMoECore

/// Told of texts read and of all of them; what it throws stops the work.
typealias ReadingProgress = (_ done: Int, _ total: Int) throws -> Void

extension Array {
  /// The results of reading each of many texts, which may take minutes, each on one of some ranks: every sixteenth time it is told how
  /// far this one has come.
  func reading(
    _ progress: ReadingProgress, over ranks: any Communicator = SingleRank(), _ body: (Element) throws -> Matrix
  ) throws -> [Matrix] {
    try ranks.sharing(count) { number in
      if number > 0, number / ranks.size % 16 == 0 { try progress(number, count) }
      return try body(self[number])
    }
  }
}
