import ArgumentParser
import DMoERL
@_spi(Command) import DMoERM
import Foundation

/// A bundle that judges and what its reward counts for: `my.dmoerm`, or `my.dmoerm=0.7`.
struct RewardShare: Equatable {
  let bundle: String
  let weight: Float

  /// - Throws: `ValidationError` for a weight that is none.
  init(_ word: String) throws {
    let word = try pathWord(word)
    // A folder may have such a name itself.
    guard let sign = word.lastIndex(of: "="), !FileManager.default.fileExists(atPath: word) else {
      (bundle, weight) = (word, 1)
      return
    }
    bundle = String(word[..<sign])
    let text = word[word.index(after: sign)...]
    guard let weight = Float(text), weight.isFinite, weight != 0, !bundle.isEmpty else {
      throw ValidationError("\(word) is no bundle with its weight, such as my.dmoerm=0.7")
    }
    self.weight = weight
  }

  /// The bundle, with its weight if that is not 1.
  var text: String { weight == 1 ? bundle : "\(weight) × \(bundle)" }

  /// What metrics call it.
  var name: String { URL(fileURLWithPath: bundle).deletingPathExtension().lastPathComponent }

  /// What judges: one model, or the weighted sum of several.
  ///
  /// - Parameter backbones: Those that are read already, which models share, and to which theirs are added.
  /// - Throws: What reading them throws; `Failure` for a model that cannot be as cautious as asked for.
  static func judge(
    _ shares: [RewardShare], over backbones: inout [Backbone], _ options: BackboneOptions, _ caution: PessimismOption
  ) throws -> NamedReward {
    let models = try shares.map { share in
      try caution.apply(to: try RewardModel.judging(share.bundle, over: &backbones, options), name: share.bundle)
    }
    let name = shares.map(\.text).joined(separator: " + ")
    if let only = models.first, models.count == 1, shares[0].weight == 1 {
      return NamedReward(name: name, function: only)
    }
    let parts = zip(shares, models).map { WeightedRewards.Part($1, weight: $0.weight, name: $0.name) }
    return NamedReward(name: name, function: WeightedRewards("reward", parts))
  }
}

extension RewardModel {
  /// The same, whose backbone the next models may share.
  static func judging(_ name: String, over backbones: inout [Backbone], _ options: BackboneOptions) throws
    -> RewardModel
  {
    let model = try judging(name, over: backbones, options)
    if !backbones.contains(where: { $0.fingerprint == model.backbone.fingerprint }) { backbones.append(model.backbone) }
    return model
  }

  /// A model that judges, over one of the backbones that are read already if that is the one it was trained on.
  static func judging(_ name: String, over backbones: [Backbone], _ options: BackboneOptions) throws -> RewardModel {
    let bundle = try ModelOptions.bundle(name)
    for backbone in backbones {
      do {
        return try RewardModel(contentsOf: bundle, backbone: backbone, options: options.compute, checks: options.checks)
      } catch ModelError.backboneMismatch { continue }
    }
    return try RewardModel(contentsOf: bundle, options: options.compute, checks: options.checks)
  }
}
