/// What one model gains over another on prompts that neither was trained on, in nats, prompt by prompt.
///
/// Pairs of one prompt stand or fall together, so that they count as one draw.
struct PromptGain {
  private var byPrompt: [Int: Double] = [:]

  /// Nothing gained yet.
  init() {}

  /// What is gained where one model has these losses and another has those, one an example.
  init(from old: [Double], to new: [Double], prompts: [Int]) {
    for (prompt, (old, new)) in zip(prompts, zip(old, new)) { add(old - new, prompt: prompt) }
  }

  mutating func add(_ gain: Double, prompt: Int) { byPrompt[prompt, default: 0] += gain }

  /// How many prompts it was measured on.
  var promptCount: Int { byPrompt.count }

  /// Over the prompts in their order, so that it is the same in every process.
  var sum: Double { gains.reduce(0, +) }

  /// Whether the sum is greater than its standard error (the rule of Breiman et al., Classification and Regression
  /// Trees, 1984).
  var isCertain: Bool {
    let n = Double(byPrompt.count)
    let sum = sum
    let squares = gains.reduce(0) { $0 + ($1 - sum / n) * ($1 - sum / n) }
    return sum > (squares * n / max(1, n - 1)).squareRoot()
  }

  private var gains: [Double] { byPrompt.sorted { $0.key < $1.key }.map(\.value) }
}

extension [RankedExample] {
  /// The dialogue of every example, counted from 0.
  var prompts: [Int] {
    var places: [UInt64: Int] = [:]
    return map { example in
      let place = places[example.opening] ?? places.count
      places[example.opening] = place
      return place
    }
  }
}
