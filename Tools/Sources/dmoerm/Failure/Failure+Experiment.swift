import DMoEExperiment
@_spi(Command) import DMoERM

extension Failure {
  init(_ error: ExperimentError) {
    switch error {
    case .invalidPlan, .invalidContender, .invalidJudge: self.init("\(error)", status: .usage)
    case .failedMembers:
      self.init(
        "\(error)", hint: "Without these contenders, or with other settings under new names, the same command goes on.")
    case .changedContender:
      self.init("\(error)", hint: "Give it another name, or delete that folder to train it anew.", status: .usage)
    case .foreignFolder, .foreignMeasurement:
      self.init("\(error)", hint: "--output NEW_FOLDER starts another; or delete the old one.", status: .usage)
    case .changedSet:
      self.init("\(error)", hint: "--output NEW_FOLDER starts another experiment.", status: .usage)
    case .otherVersion:
      self.init("\(error)", hint: "--output NEW_FOLDER starts another.", status: .usage)
    case .unusableScores: self.init("\(error)", status: .badInput)
    case .unusableFolder: self.init("\(error)")
    }
  }
}
