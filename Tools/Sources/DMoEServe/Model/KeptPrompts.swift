import DMoERM
import Synchronization

/// Prompts that a model has read, the least recently used of which goes when memory is short.
///
/// A prompt is found by its whole conversation and category, which decide every token id: two prompts are never taken for
/// one another.
final class KeptPrompts: Sendable {
  struct Key: Hashable, Sendable {
    let conversation: Conversation
    /// The category that was given; nil left it to the router.
    let category: String?
    /// Swift's strings are equal where Unicode finds texts equivalent; tokenizers tell these apart.
    private let bytes: [[UInt8]]

    init(conversation: Conversation, category: String?) {
      self.conversation = conversation
      self.category = category
      bytes = conversation.turns.map { Array($0.content.utf8) }
    }
  }

  private struct Entry {
    let prompt: PreparedPrompt
    let bytes: Int
    /// Greater is later.
    var use: UInt64
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    var bytes = 0
    var uses: UInt64 = 0
  }

  private let state = Mutex(State())
  private let limit: Int

  /// - Parameter limit: Bytes of keys and values; 0 keeps nothing.
  init(limit: Int) { self.limit = limit }

  /// Memory of all that is kept, in bytes.
  var byteCount: Int { state.withLock(\.bytes) }
  /// The number of prompts that are kept.
  var count: Int { state.withLock(\.entries.count) }

  func find(_ key: Key) -> PreparedPrompt? {
    state.withLock { state in
      guard state.entries[key] != nil else { return nil }
      state.uses += 1
      state.entries[key]?.use = state.uses
      return state.entries[key]?.prompt
    }
  }

  /// Keeps a prompt, unless it alone is more than the limit.
  func keep(_ prompt: PreparedPrompt, for key: Key) {
    // The text of the conversation counts as well, and what it takes to keep anything.
    let bytes = prompt.byteCount + key.conversation.turns.reduce(1024) { $0 + 2 * $1.content.utf8.count }
    guard bytes <= limit, limit > 0 else { return }
    state.withLock { state in
      state.uses += 1
      if let old = state.entries.updateValue(Entry(prompt: prompt, bytes: bytes, use: state.uses), forKey: key) {
        state.bytes -= old.bytes
      }
      state.bytes += bytes
      while state.bytes > limit, let oldest = state.entries.min(by: { $0.value.use < $1.value.use }) {
        state.entries[oldest.key] = nil
        state.bytes -= oldest.value.bytes
      }
    }
  }
}
