import DMoECore

/// The texts of several groups, each once: a prompt that several groups have is one, and so is a response that it has
/// several times.
struct DistinctTexts: Sendable {
  /// Of every prompt the first group that has it, and the responses of all that have it.
  let prompts: [(item: Int, responses: [[Int32]])]
  /// For every group the places of its responses among those of all prompts, one after the other.
  let places: [[Int]]

  init(_ groups: [(prompt: [Int32], responses: [[Int32]])]) {
    let prompts = Distinct(groups.map(\.prompt))
    var responses = prompts.values.map { _ in [[Int32]]() }
    var items: [Int] = []
    let ranges = zip(groups, prompts.places).enumerated().map { item, pair in
      let (group, place) = pair
      if place == items.count { items.append(item) }
      responses[place] += group.responses
      return responses[place].count - group.responses.count..<responses[place].count
    }
    let texts = responses.map { Distinct($0) }
    var starts = [0]
    for own in texts { starts.append(starts[starts.count - 1] + own.values.count) }
    self.prompts = zip(items, texts).map { ($0, $1.values) }
    places = zip(prompts.places, ranges).map { place, range in texts[place].places[range].map { starts[place] + $0 } }
  }
}
