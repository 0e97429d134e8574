/// An estimate of what the best of n is worth, from all draws of n among the responses there are.
package struct BestOfNEstimator: Sendable {
  /// The places of the responses in ascending order of reward; those of equal reward make a group.
  private let groups: [[Int]]
  private let count: Int

  /// - Parameter rewards: What chooses, one a response.
  package init(rewards: [Double]) {
    count = rewards.count
    var groups: [[Int]] = []
    for place in rewards.indices.sorted(by: { rewards[$0] < rewards[$1] }) {
      if let last = groups.last?.last, rewards[last] == rewards[place] {
        groups[groups.count - 1].append(place)
      } else {
        groups.append([place])
      }
    }
    self.groups = groups
  }

  /// The expected value of the chosen response, for n = 1 ... `most`.
  ///
  /// - Parameter values: What counts, one a response.
  func curve(of values: [Double], upTo most: Int) -> [Double] {
    (1...most).map { expectedValue(of: values, ofBestOf: $0) }
  }

  /// The mean value of the response with the greatest reward among n drawn without replacement, over all draws.
  ///
  /// With m responses in ascending order of reward, the i-th is the greatest of n in C(i − 1, n − 1) of C(m, n) draws.
  /// Responses of equal reward share their places.
  ///
  /// - Parameters:
  ///   - values: What counts, one a response.
  ///   - n: In 1 ... the number of responses.
  package func expectedValue(of values: [Double], ofBestOf n: Int) -> Double {
    let shares = shares(of: n)
    var sum = 0.0
    var start = 0
    for group in groups {
      let end = start + group.count
      let value = group.reduce(0) { $0 + values[$1] } / Double(group.count)
      sum += value * shares[start..<end].reduce(0, +)
      start = end
    }
    return sum
  }

  /// C(i, n − 1) / C(count, n) for the response with i smaller ones, which is the share of draws that it is the best of.
  private func shares(of n: Int) -> [Double] {
    var shares = [Double](repeating: 0, count: count)
    var share = Double(n) / Double(count)
    for i in stride(from: count - 1, through: n - 1, by: -1) {
      shares[i] = share
      // C(i − 1, n − 1) / C(i, n − 1) = (i − n + 1) / i.
      if i > 0 { share *= Double(i - n + 1) / Double(i) }
    }
    return shares
  }
}
