import ArgumentParser
@_spi(Command) import DMoERM

/// What becomes of samples without a category: "drop", "route", "route:0.7" or "category:general".
struct UnlabeledPolicy: ExpressibleByArgument {
  var policy: TrainingConfiguration.Unlabeled

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    switch (parts.first, parts.count) {
    case ("drop", 1): policy = .drop
    case ("route", 1): policy = .route(minimumProbability: 0)
    case ("route", 2):
      guard let least = Float(parts[1]), (0...1).contains(least) else { return nil }
      policy = .route(minimumProbability: least)
    case ("category", 2) where !parts[1].isEmpty: policy = .category(id: String(parts[1]))
    default: return nil
    }
  }
}
