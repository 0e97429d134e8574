@_spi(Command) import DMoERM
import Foundation

/// The words that tell clusters apart: those that many prompts of one have, and few of the others.
struct ClusterWords {
  /// A word of a few prompts alone tells nothing of the rest.
  private static let least = 0.05
  private static let limit = 5

  /// For every cluster how many of its prompts have a word.
  private let counts: [[String: Int]]
  private let sizes: [Int]

  init(_ conversations: [Conversation], _ clusters: PromptClusters) {
    var counts = [[String: Int]](repeating: [:], count: clusters.count)
    var sizes = [Int](repeating: 0, count: clusters.count)
    var seen: Set<Conversation> = []
    for (conversation, cluster) in zip(conversations, clusters.assignments) where seen.insert(conversation).inserted {
      sizes[cluster] += 1
      for word in Self.words(conversation.userTurns.joined(separator: "\n")) { counts[cluster][word, default: 0] += 1 }
    }
    (self.counts, self.sizes) = (counts, sizes)
  }

  /// The words that a cluster's prompts have more often than the others', the most telling first.
  func telling(of cluster: Int) -> [String] {
    let others = sizes.indices.filter { $0 != cluster }
    let rest = max(1, others.reduce(0) { $0 + sizes[$1] })
    let gains = counts[cluster].map { word, count in
      let elsewhere = others.reduce(0) { $0 + (counts[$1][word] ?? 0) }
      let own = Double(count) / Double(max(1, sizes[cluster]))
      // What a word adds to the divergence of the two shares, so that one that is common everywhere adds little.
      return (word: word, share: own, gain: own * log(own * Double(rest + 2) / Double(elsewhere + 1)))
    }
    return gains.filter { $0.share >= Self.least && $0.gain > 0 }
      .sorted { (-$0.gain, $0.word) < (-$1.gain, $1.word) }.prefix(Self.limit).map(\.word)
  }

  /// Words of three letters or more in lowercase, and of Chinese, which has no spaces, every two characters that stand
  /// together.
  static func words(_ text: String) -> Set<String> {
    var words: Set<String> = []
    for run in text.lowercased().split(whereSeparator: { !$0.isLetter }) {
      let characters = Array(run)
      if characters.allSatisfy(\.isHan) {
        for (first, second) in zip(characters, characters.dropFirst()) { words.insert(String([first, second])) }
      } else if characters.count >= 3 {
        words.insert(String(run))
      }
    }
    return words
  }
}

extension Character {
  fileprivate var isHan: Bool { unicodeScalars.allSatisfy { (0x4E00...0x9FFF).contains($0.value) } }
}
