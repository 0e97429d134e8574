@_spi(Command) import DMoERM

extension Failure {
  init(_ error: TrainError) {
    switch error {
    case .invalidConfiguration, .invalidSetting: self.init("\(error)", status: .usage)
    case .noSamples, .nothingTrained, .impossibleClusters:
      self.init("\(error)", hint: "`dmoerm inspect data FILE` counts what there is.", status: .badInput)
    case .diverged: self.init("\(error)", hint: "Try a lower learning rate, in a new run folder.")
    case .foreignRun:
      self.init(
        "\(error)", hint: "--output NEW.dmoerm makes another bundle; --replace replaces this run and its bundle.",
        status: .usage)
    case .ranksDiffer:
      self.init("\(error)", hint: "Every rank is started with the same command, on the same files.", status: .usage)
    default: self.init("\(error)")
    }
  }
}
