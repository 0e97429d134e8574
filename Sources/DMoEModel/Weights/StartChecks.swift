/// What counts of what an earlier start found out about a model's files: the hash of the weights, and that the golden
/// texts get their recorded rewards.
///
/// It is kept in a hidden file beside the backbone (`.NAME.facts`), or in the cache folder where that place cannot be
/// written, and holds while size, times and inode of the files say that they are the same.
public enum StartChecks: String, Sendable, CaseIterable {
  /// What is known of the same files is not found out again.
  case remembered
  /// Everything is found out again, and then kept.
  case anew
}
