import DMoERM
import Synchronization

/// Prompts that a model has read, the least recently used of which goes when memory is short.
///
/// A prompt is found by its whole conversation and category, which decide every token id: two prompts are never taken for
/// one another.
final class KeptPrompts: Sendable {
  /// A conversation as it is told from others: by roles and bytes. Swift's strings are equal where Unicode finds texts
  /// equivalent; tokenizers tell these apart.
  struct Key: Hashable, Sendable {
    let conversation: Conversation
    /// The category that was given; nil left it to the router.
    let category: String?
    private let bytes: [[UInt8]]

    init(conversation: Conversation, category: String?) {
      self.conversation = conversation
      self.category = category
      bytes = conversation.turns.map { Array($0.content.utf8) }
    }

    static func == (a: Key, b: Key) -> Bool {
      a.bytes == b.bytes && a.category == b.category
        && a.conversation.turns.elementsEqual(b.conversation.turns) { $0.role == $1.role }
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(bytes)
      hasher.combine(category)
    }
  }

  private struct Entry {
    let prompt: PreparedPrompt
    let bytes: Int
    /// Greater is later.
    var use: Int
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    /// The prompts by their last uses; the least is that of none below `oldest`.
    var uses: [Int: Key] = [:]
    var oldest = 0
    var next = 0
    var bytes = 0

    mutating func touch(_ key: Key) {
      guard let use = entries[key]?.use else { return }
      uses[use] = nil
      uses[next] = key
      entries[key]?.use = next
      next += 1
    }

    mutating func add(_ key: Key, _ prompt: PreparedPrompt, bytes size: Int) {
      remove(key)
      entries[key] = Entry(prompt: prompt, bytes: size, use: next)
      uses[next] = key
      next += 1
      bytes += size
    }

    mutating func remove(_ key: Key) {
      guard let entry = entries.removeValue(forKey: key) else { return }
      uses[entry.use] = nil
      bytes -= entry.bytes
    }

    /// Every use is passed over once, however many prompts there are.
    mutating func shrink(to limit: Int) {
      while bytes > limit, oldest < next {
        if let key = uses[oldest] { remove(key) }
        oldest += 1
      }
    }
  }

  private let state = Mutex(State())
  private let limit: Int

  /// - Parameter limit: Bytes of keys and values; 0 keeps nothing.
  init(limit: Int) { self.limit = limit }

  /// Memory of all that is kept, in bytes.
  var byteCount: Int { state.withLock(\.bytes) }
  /// The number of prompts that are kept.
  var count: Int { state.withLock(\.entries.count) }

  /// A prompt that is kept, which is used now.
  func find(_ key: Key) -> PreparedPrompt? {
    state.withLock { state in
      state.touch(key)
      return state.entries[key]?.prompt
    }
  }

  /// Tokens of a prompt, if it is kept: no use of it.
  func tokenCount(of key: Key) -> Int? { state.withLock { $0.entries[key]?.prompt.tokenCount } }

  /// Lets prompts go until so many bytes can be kept besides, so that there is never memory for more than the limit says.
  func makeRoom(for bytes: Int) { state.withLock { $0.shrink(to: max(0, limit - bytes)) } }

  /// Keeps a prompt, unless it alone is more than the limit.
  func keep(_ prompt: PreparedPrompt, for key: Key) {
    // The text of the conversation counts as well, and what it takes to keep anything.
    let bytes = prompt.byteCount + key.conversation.turns.reduce(1024) { $0 + 2 * $1.content.utf8.count }
    guard bytes <= limit, limit > 0 else { return }
    state.withLock { state in
      state.add(key, prompt, bytes: bytes)
      state.shrink(to: limit)
    }
  }
}
