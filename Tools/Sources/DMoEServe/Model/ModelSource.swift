public import DMoERM
public import Foundation

/// Where a served model comes from, so that it can be read again.
public struct ModelSource: Sendable {
  /// The name that clients call it by.
  public let name: String
  /// The bundle's folder.
  public let bundle: URL
  /// Reads the bundle, over one of the backbones that are in memory already if it is the right one.
  public let load: @Sendable (_ loaded: [Backbone]) throws -> RewardModel

  /// A model by its name.
  public init(name: String, bundle: URL, load: @escaping @Sendable (_ loaded: [Backbone]) throws -> RewardModel) {
    self.name = name
    self.bundle = bundle
    self.load = load
  }
}
