import DMoEData

extension [RankedResponses] {
  /// Consecutive parts of the samples, each of at most so many and of at most so many responses, but of at least one.
  func parts(samples most: Int, responses mostResponses: Int) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var (start, responses) = (0, 0)
    for (index, sample) in enumerated() {
      if index > start, index - start == most || responses + sample.responses.count > mostResponses {
        parts.append(start..<index)
        (start, responses) = (index, 0)
      }
      responses += sample.responses.count
    }
    return isEmpty ? [] : parts + [start..<count]
  }
}
