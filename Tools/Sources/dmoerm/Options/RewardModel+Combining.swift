@_spi(Command) import DMoERM

extension RewardModel {
  /// The same model with its experts' rewards combined by a rule.
  ///
  /// - Parameters:
  ///   - option: Which option asks for it.
  ///   - name: How the bundle was named.
  /// - Throws: `Failure` for a model that has no experts to combine.
  func combining(by rule: RewardCombination, option: String, name: String) throws -> RewardModel {
    let model: RewardModel
    do { model = try combiningExperts(by: rule) } catch ModelError.invalidModel(let reason) {
      throw Failure("\(option), \(name): \(reason)", status: .usage)
    }
    guard model.trainedCategories.contains(where: { model.isComplete(category: $0) }) else {
      throw Failure(
        "\(option): no category of \(name) has trained experts",
        hint: "`dmoerm ensemble` makes one bundle of several models.", status: .usage)
    }
    return model
  }
}
