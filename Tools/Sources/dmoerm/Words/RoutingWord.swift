import ArgumentParser
@_spi(Command) import DMoERM

/// What is done where the router is not sure: "top1", "mixture:0.5", "fallback:0.5" or "fallback:0.5:general".
struct RoutingWord: ExpressibleByArgument {
  var policy: RewardModel.RoutingPolicy

  /// The category that is made for conversations to fall back on where none is named.
  private static let defaultCategory = "general"

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    if parts == ["top1"] {
      policy = .top1
      return
    }
    guard parts.count > 1, let threshold = Float(parts[1]), (0...1).contains(threshold) else { return nil }
    switch (parts[0], parts.count) {
    case ("mixture", 2): policy = .mixture(threshold: threshold)
    case ("fallback", 2): policy = .fallback(threshold: threshold, category: Self.defaultCategory)
    case ("fallback", 3) where !parts[2].isEmpty:
      policy = .fallback(threshold: threshold, category: String(parts[2]))
    default: return nil
    }
  }
}
