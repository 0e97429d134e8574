import CDMoEKernels
import Foundation
import Synchronization

/// The process's helper threads, one fewer than there are cores: whoever computes is the first of its own workers.
///
/// A forward pass is hundreds of regions of some hundred microseconds with a few microseconds between them, and waking a
/// sleeping thread costs tens. So a helper that runs out of work looks for more for a moment before it sleeps. The rules:
/// * The caller of a region works on it too, and goes on when all items are done. Items that no helper takes are its own,
///   so a region never waits for helpers that are busy with another caller's.
/// * A region says how many helpers may join it (`threads - 1`); which thread runs an item decides nothing.
/// * Helpers look for work (`idleSpin`) only while fewer callers than cores compute: else they would take a caller's core.
final class WorkerPool: Sendable {
  static let shared = WorkerPool(helpers: ProcessInfo.processInfo.activeProcessorCount - 1)

  /// One parallel region.
  ///
  /// Unchecked for the sake of its two variables: `room` is touched under the pool's lock only; `body` is set before the
  /// region is published under that lock and cleared by the caller once `inside`, acquired, says that no helper can read
  /// it, and none can join any more.
  private final class Region: @unchecked Sendable {
    /// Gone once the caller has seen that no helper is inside.
    private var body: ((Int) -> Void)?
    private let count: Int
    private let next = Atomic<Int>(0)
    /// Helpers that have joined and not left.
    private let inside = Atomic<Int>(0)
    /// How many helpers may still join; guarded by the pool's lock.
    private var room: Int

    init(count: Int, room: Int, body: @escaping (Int) -> Void) {
      self.count = count
      self.room = room
      self.body = body
    }

    /// Whether a helper may help, who is then inside; under the pool's lock.
    func admits() -> Bool {
      guard room > 0, next.load(ordering: .relaxed) < count else { return false }
      room -= 1
      inside.add(1, ordering: .relaxed)
      return true
    }

    /// Takes items until none is left. A function of its own, so that nothing of `body` is held when it returns.
    @inline(never) func work() {
      guard let body else { return }
      while true {
        let item = next.add(1, ordering: .relaxed).oldValue
        guard item < count else { return }
        body(item)
      }
    }

    func leave() { inside.subtract(1, ordering: .releasing) }

    /// Waits for helpers at work on their last item; nobody joins any more.
    func finish() {
      var clock = SpinClock(limit: WorkerPool.finishSpin)
      while inside.load(ordering: .acquiring) > 0 {
        if clock.isOver() { sched_yield() }
      }
      body = nil
    }
  }

  private let open = Mutex<[Region]>([])
  /// Grows with every region: what a helper that looks for work looks at.
  private let version = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let callers = Atomic<Int>(0)
  private let alarm = DispatchSemaphore(value: 0)
  private let helpers: Int
  /// How long a helper looks for work before it sleeps. Longer than what lies between the regions of a pass.
  private static let idleSpin: UInt64 = 250_000
  /// How long a caller looks whether the last items are done before it lets others run between looks.
  private static let finishSpin: UInt64 = 100_000

  private init(helpers: Int) {
    self.helpers = helpers
    for index in 0..<max(0, helpers) {
      let thread = Thread { [unowned self] in serve() }
      thread.name = "DMoERM \(index + 1)"
      thread.start()
    }
  }

  /// Runs `body` for every item of `0..<count`, on this thread and at most `threads - 1` others.
  func run(_ count: Int, threads: Int, _ body: (Int) -> Void) {
    let room = min(threads, count) - 1
    guard room > 0, helpers > 0 else {
      for item in 0..<count { body(item) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let region = Region(count: count, room: room, body: body)
      callers.add(1, ordering: .relaxed)
      open.withLock { $0.append(region) }
      version.add(1, ordering: .sequentiallyConsistent)
      wake(min(room, helpers))
      region.work()
      open.withLock { regions in regions.removeAll { $0 === region } }
      region.finish()
      callers.subtract(1, ordering: .relaxed)
    }
  }

  private func wake(_ wanted: Int) {
    var wanted = wanted
    var sleeping = sleepers.load(ordering: .sequentiallyConsistent)
    while wanted > 0, sleeping > 0 {
      let (exchanged, original) = sleepers.compareExchange(
        expected: sleeping, desired: sleeping - 1, ordering: .sequentiallyConsistent)
      sleeping = original
      guard exchanged else { continue }
      alarm.signal()
      wanted -= 1
      sleeping -= 1
    }
  }

  private func serve() -> Never {
    while true {
      let seen = version.load(ordering: .sequentiallyConsistent)
      if let region = join() {
        region.work()
        region.leave()
        continue
      }
      if spin(after: seen) { continue }
      sleepers.add(1, ordering: .sequentiallyConsistent)
      // A region that came before the line above wakes nobody. If one comes now, its signal ends the wait at once.
      if version.load(ordering: .sequentiallyConsistent) != seen, withdraw() { continue }
      alarm.wait()
    }
  }

  /// The oldest region that has work and room.
  private func join() -> Region? {
    open.withLock { regions in regions.first { $0.admits() } }
  }

  /// Whether a new region came while looking for one.
  private func spin(after seen: Int) -> Bool {
    var clock = SpinClock(limit: Self.idleSpin)
    while callers.load(ordering: .relaxed) <= helpers, !clock.isOver() {
      if version.load(ordering: .relaxed) != seen { return true }
    }
    return version.load(ordering: .relaxed) != seen
  }

  /// Takes back what was added to `sleepers`; false if a caller has already taken it and sent a signal.
  private func withdraw() -> Bool {
    var sleeping = sleepers.load(ordering: .sequentiallyConsistent)
    while sleeping > 0 {
      let (exchanged, original) = sleepers.compareExchange(
        expected: sleeping, desired: sleeping - 1, ordering: .sequentiallyConsistent)
      if exchanged { return true }
      sleeping = original
    }
    return false
  }
}

/// Waits without sleeping, and says when that has gone on for long enough.
private struct SpinClock {
  /// In nanoseconds.
  let limit: UInt64
  private var turns = 0
  private var start: UInt64 = 0

  init(limit: UInt64) { self.limit = limit }

  /// One turn of waiting; reading the clock takes longer than a turn, so that it is read now and then.
  mutating func isOver() -> Bool {
    dmoe_cpu_relax()
    if turns == 0 { start = DispatchTime.now().uptimeNanoseconds }
    turns += 1
    return turns % 32 == 0 && DispatchTime.now().uptimeNanoseconds - start > limit
  }
}
