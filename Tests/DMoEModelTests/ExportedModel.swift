import DMoECore
import DMoEData
import Foundation
import _TestSupport

@testable import DMoEModel

/// A model to write for other programs, and what it is asked before and after.
enum ExportedModel {
  static func trained(
    _ path: String, _ edit: (inout RewardModel.Configuration) -> Void = { _ in }
  ) throws -> RewardModel {
    try RewardModel.randomized(
      configuration: TinyModel.configuration {
        $0.taxonomy = .single
        edit(&$0)
      }, backbone: ModelFixture.backbone(path, fastCompute), seed: 3, options: ModelFixture.options(fastCompute))
  }

  static let responses = ["word", "another word", "no"]
}
