/// What a model was imported from, and how its files were read: kept in the bundle.
public struct ImportRecord: Sendable, Equatable, Codable {
  /// The folder or file, where it was when it was imported: the last place where the bundle's backbone is looked for.
  public let path: String
  /// The class that the model was saved by, as its files name it.
  public let className: String
  /// The tensors that the head was made of.
  public let head: [String]
  /// The output that is the reward, where the model has several.
  public let output: String?
  /// The padding token that is passed over at the end of a text, and who says so.
  public let padding: String
  /// Mean and deviation of the rewards as the files state them, whether they are used or not.
  package let statistics: RewardNormalization?

  /// The mean of the rewards that the files state; `nil` if they state none.
  public var meanReward: Float? { statistics?.mean }
  /// The standard deviation of the rewards that the files state; `nil` if they state none.
  public var rewardDeviation: Float? { statistics?.deviation }
}
