@_spi(Command) import DMoERM
import Foundation
import Synchronization

/// Everything that answers need: the models, the queue, and what is counted. It knows nothing of connections.
final class RewardService: Sendable {
  let registry: ModelRegistry
  let queue: ScoringQueue
  let metrics = ServeMetrics()
  let settings: ServeSettings
  private let stopping = Atomic(false)
  /// One bundle is read again after the other: two at a time could install the older one last, and would need memory for both.
  private let reloads = Turns()

  init(_ sources: [ModelSource], _ settings: ServeSettings) throws {
    try settings.check()
    self.settings = settings
    registry = try ModelRegistry(sources, keeping: settings.limits.keptPromptBytes)
    queue = ScoringQueue(limits: settings.limits, metrics: metrics)
  }

  /// Whether new clients should come here.
  var isReady: Bool { !stopping.load(ordering: .relaxed) }
  /// Says that the server is about to stop: what was taken in is answered all the same.
  func beginStopping() { stopping.store(true, ordering: .relaxed) }

  /// Scores items; in time, or not at all.
  ///
  /// - Parameters:
  ///   - seconds: The time that there is.
  ///   - watch: Tells when nobody waits for the answer any more, and when the time is over.
  func score(
    _ items: [ScoringItem], by served: ServedModel, within seconds: Double, _ watch: RequestWatch
  ) async throws -> [ScoredItem] {
    guard !items.isEmpty else { return [] }
    let responses = items.reduce(0) { $0 + $1.responses.count }
    guard responses <= settings.limits.responsesPerRequest else {
      throw ServeError(
        .payloadTooLarge, "\(responses) responses in one request; the limit is \(settings.limits.responsesPerRequest)")
    }
    let batch = ScoringBatch(items, by: served)
    let places = try queue.add(items, to: batch)
    // What nobody waits for any more takes nobody's place.
    let end: @Sendable (ServeError) -> Void = { [queue] error in
      batch.fail(error)
      queue.drop(places)
    }
    let gone = ServeError(.clientGone, "the client went away before it was answered")
    let forget = watch.whenGone { end(gone) }
    defer { forget() }
    let cancel = watch.after(seconds) {
      end(ServeError(.deadlineExceeded, "the request was not answered within \(MetricText.number(seconds)) s"))
    }
    defer { cancel() }
    return try await withTaskCancellationHandler {
      try await batch.items()
    } onCancel: {
      // The server's own end of time to answer in, where it is stopping.
      end(isReady ? gone : ServeError(.shuttingDown, "the server stopped before it was answered; ask another one"))
    }
  }

  /// Reads a bundle again and serves it to requests to come, if nothing changed that was to stay.
  ///
  /// - Parameters:
  ///   - replaced: The only parts that may change, categories and what they share; nil lets all.
  ///   - waits: Whether it waits while another one is read; otherwise that is an error.
  func reload(_ name: String, replacing replaced: [String]?, waits: Bool = false) async throws -> JSONTree {
    let registry = registry
    if waits {
      await reloads.take()
    } else if !reloads.takeIfFree() {
      throw ServeError(.conflict, "a model is being read again already; ask again when that is done")
    }
    defer { reloads.end() }
    // Reading waits for a disk, and takes no thread that answers connections.
    let fresh = try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result { try registry.readAgain(name) }) }
    }
    let old = try registry.model(named: name)
    let comparison = try await queue.perform { try ModelComparison(old, fresh) }
    if let replaced {
      let strangers = comparison.changed.filter { !replaced.contains($0) }
      guard strangers.isEmpty else {
        throw ServeError(
          .conflict,
          "\(name) stays as it was: besides what was to change, so would \(strangers.joined(separator: ", ")); replaces "
            + "has to name that, too")
      }
    }
    registry.install(fresh)
    return JSONTree([
      "object": JSONTree("reload"), "model": JSONTree(name), "fingerprint_before": JSONTree(old.fingerprint),
      "fingerprint": JSONTree(fresh.fingerprint), "categories": JSONTree(comparison.categories.map(\.json)),
      "shared": JSONTree(comparison.shared.map(\.json)), "added": JSONTree(comparison.added.map { JSONTree($0) }),
      "removed": JSONTree(comparison.removed.map { JSONTree($0) }),
    ])
  }
}
