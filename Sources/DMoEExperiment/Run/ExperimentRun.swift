import DMoECore
import DMoEData
import DMoEEvaluate
import DMoEModel
import DMoETrain
import Foundation

/// A run of an experiment: what all its steps share.
struct ExperimentRun: Sendable {
  let experiment: Experiment
  let data: ExperimentData
  let sets: [SampleSet]
  let store: ExperimentStore
  let backbone: Backbone
  let options: ComputeOptions
  /// Trunk outputs that members share: of training texts, then of the part of a set that is scored.
  let trunk: TrunkCache

  typealias Observer = (ExperimentEvent) throws -> Void

  /// Trains, scores and measures.
  func result(_ onEvent: Observer) throws -> ExperimentResult {
    try result(of: scoredMembers(onEvent), on: sets)
  }

  /// Trains all members, and has them score all sets.
  func scoredMembers(_ onEvent: Observer) throws -> [Member] {
    let members = try trainedMembers(onEvent)
    trunk.removeAll()
    for set in sets {
      try score(set, by: members, onEvent)
      if set.id == .validation {
        for member in members { try writeBundle(of: member, validation: set) }
      }
      try onEvent(.scored(set: set.id))
    }
    return members
  }

  /// The measures of members on sets that they have scored.
  func result(of members: [Member], on sets: [SampleSet]) throws -> ExperimentResult {
    let measurement = ExperimentMeasurement(
      contenders: experiment.contenders, data: data, sets: sets,
      table: try RewardTable(members.map(\.id), sets, in: store),
      costs: Dictionary(uniqueKeysWithValues: members.map { ($0.id, $0.cost) }))
    return try measurement.result(routers: routers(of: members))
  }
}
