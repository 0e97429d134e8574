import Synchronization

/// The buffer of a matrix, at a 64-byte boundary.
///
/// Large buffers go back to a pool and not to the system: a fresh one costs a page fault every 4 KB, which was a third of
/// the time of a training step.
final class MatrixStorage {
  let base: UnsafeMutablePointer<Float>
  private let capacity: Int
  private let isPooled: Bool

  /// - Parameter isKept: Whether it outlives the pass that makes it: it has no more room than it needs then, and goes back to the
  ///   system.
  init(count: Int, isKept: Bool = false) {
    isPooled = !isKept
    let needed = isKept ? max(count, 1) : BufferPool.capacity(for: count)
    if !isKept, let idle = BufferPool.shared.take(needed) {
      (base, capacity) = (idle.buffer, idle.capacity)
    } else {
      (base, capacity) = (Self.allocate(needed), needed)
    }
  }

  deinit {
    if !isPooled || !BufferPool.shared.give(base, capacity) { UnsafeMutableRawPointer(base).deallocate() }
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Float> {
    let size = MemoryLayout<Float>.stride * capacity
    return UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
      .bindMemory(to: Float.self, capacity: capacity)
  }
}

/// Idle buffers by capacity, at most as many bytes as `limit`.
private final class BufferPool: Sendable {
  static let shared = BufferPool()

  /// Unchecked for the sake of its pointers: a buffer that lies here belongs to nobody else, and whoever takes one out
  /// does so under the lock.
  private struct Idle: @unchecked Sendable {
    var buffers: [Int: [UnsafeMutablePointer<Float>]] = [:]
    var floats = 0
  }

  private let idle = Mutex(Idle())
  /// Floats that may lie idle: 1 GB, about what a training step of the small backbone frees.
  private static let limit = 256 << 20
  /// Smaller buffers are the allocator's business.
  private static let smallest = 8192

  /// What is allocated for `count` floats: the next of four steps an octave, so that sizes meet again.
  static func capacity(for count: Int) -> Int {
    guard count >= smallest else { return max(count, 1) }
    let octave = 1 << (Int.bitWidth - 1 - count.leadingZeroBitCount)
    let step = octave / 4
    return (count + step - 1) / step * step
  }

  /// An idle buffer of a capacity, or of one of the next greater ones up to twice it: sizes that differ from pass to pass would
  /// otherwise each leave buffers of their own behind.
  func take(_ capacity: Int) -> (buffer: UnsafeMutablePointer<Float>, capacity: Int)? {
    guard capacity >= Self.smallest else { return nil }
    return idle.withLock { idle in
      var found = capacity
      while found <= 2 * capacity {
        if let buffer = idle.buffers[found]?.popLast() {
          idle.floats -= found
          return (buffer, found)
        }
        found = Self.capacity(for: found + 1)
      }
      return nil
    }
  }

  /// Whether the buffer was taken in.
  func give(_ buffer: UnsafeMutablePointer<Float>, _ capacity: Int) -> Bool {
    guard capacity >= Self.smallest else { return false }
    return idle.withLock { idle in
      guard idle.floats + capacity <= Self.limit else { return false }
      idle.buffers[capacity, default: []].append(buffer)
      idle.floats += capacity
      return true
    }
  }
}
