public import struct Foundation.URL

/// What `RewardModel.export(to:format:category:)` wrote, and what of the model is not in it.
public struct ExportReport: Sendable, Equatable {
  /// The folder or file that was written.
  public let url: URL
  /// The token whose run at the end of a text the written model passes over; `nil` where it names none, and texts are read
  /// one at a time.
  public let paddingID: Int32?
  /// What the written model does otherwise than this one, a sentence each; empty where its rewards are the same.
  public let losses: [String]
}
