/// An estimate of what the best of n is worth, from all draws of n among the responses there are.
struct BestOfNEstimator {
  /// What counts, one a response.
  let values: [Double]
  /// What chooses, one a response.
  let rewards: [Double]

  /// The expected value of the chosen response, for n = 1 ... `most`.
  func curve(upTo most: Int) -> [Double] { (1...most).map(expectedValue) }

  /// The mean value of the response with the greatest reward among n drawn without replacement, over all draws.
  ///
  /// With m responses in ascending order of reward, the i-th is the greatest of n in C(i − 1, n − 1) of C(m, n) draws.
  /// Responses of equal reward share their places.
  func expectedValue(ofBestOf n: Int) -> Double {
    let count = values.count
    let order = rewards.indices.sorted { rewards[$0] < rewards[$1] }
    let shares = shares(of: n)
    var sum = 0.0
    var start = 0
    while start < count {
      var end = start + 1
      while end < count, rewards[order[end]] == rewards[order[start]] { end += 1 }
      let value = order[start..<end].reduce(0) { $0 + values[$1] } / Double(end - start)
      sum += value * shares[start..<end].reduce(0, +)
      start = end
    }
    return sum
  }

  /// C(i, n − 1) / C(count, n) for the response with i smaller ones, which is the share of draws that it is the best of.
  private func shares(of n: Int) -> [Double] {
    let count = values.count
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
