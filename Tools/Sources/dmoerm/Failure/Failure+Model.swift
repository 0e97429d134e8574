@_spi(Command) import DMoERM

extension Failure {
  init(_ error: ModelError) {
    switch error {
    case .invalidModel, .invalidSetting: self.init("\(error)", status: .usage)
    case .nonFiniteReward: self.init("\(error)")
    case .backboneMismatch:
      self.init("\(error)", hint: "--backbone PATH names the right one.", status: .badInput)
    case .unsupportedRewardModel:
      self.init(
        "\(error)",
        hint: "`dmoerm import` takes --template NAME, --label L for one of several outputs, and --label YES --over NO.",
        status: .badInput)
    default: self.init("\(error)", status: .badInput)
    }
  }
}
