/// Told of texts read and of all of them; what it throws stops the work.
typealias ReadingProgress = (_ done: Int, _ total: Int) throws -> Void

extension Collection {
  /// The results of reading each of many texts, which may take minutes: every sixteenth time it is told how far it has come.
  func reading<Result>(
    _ progress: ReadingProgress, _ body: (Element) throws -> Result
  ) throws -> [Result] {
    try enumerated().map { done, element in
      if done > 0, done % 16 == 0 { try progress(done, count) }
      return try body(element)
    }
  }
}
