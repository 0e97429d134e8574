public import Foundation
import Synchronization

/// A file of everything that was sent to language models and everything that came back, so that nothing is ever paid
/// twice.
///
/// ```swift
/// let journal = try LabelJournal(at: URL(fileURLWithPath: "labels.journal.jsonl"))
/// print(journal.replyCount)
/// try journal.close()
/// ```
///
/// A file of JSON Lines that only grows. The first line names the format; each further one is a request that was sent, a
/// reply in full, a failure, or a batch request that was given up. A line is on its way to the disk when the method that
/// records it returns: a killed process loses at most what it was writing, a line or the lines of a batch. The file is brought
/// to the disk once
/// a second while lines are added, and on `close`.
///
/// An object that may write holds an exclusive lock on the file until `close` or its own end.
public final class LabelJournal: Sendable {
  private struct State {
    var contents: JournalContents
    var file: JournalFile?
    var isOpen: Bool
    var failure: LabelError?
    var lastSync: Date
  }

  /// The file's path.
  public let path: String
  /// The currency of all money in the journal, as three lower-case letters.
  public let currency: String
  private let now: @Sendable () -> Date
  private let state: Mutex<State>

  /// Opens a journal to go on with it, or begins one.
  ///
  /// A last line that a killed process left without its end is completed or cut off, and with it the lines of a batch whose
  /// end is missing.
  ///
  /// - Parameters:
  ///   - url: the file; it is made if it is not there.
  ///   - currency: the currency of the price table; nil takes the journal's, or `usd` for a new one.
  ///   - now: the time that lines carry.
  /// - Throws: `LabelError.journalInUse`, `.notAJournal`, `.unknownJournalVersion`, `.badJournalLine`,
  ///   `.unreadableJournal`, `.unwritableJournal`, `.currencyMismatch`.
  public convenience init(
    at url: URL, currency: String? = nil, now: @escaping @Sendable () -> Date = { Date() }
  ) throws(LabelError) {
    let file = try JournalFile(url, writing: true)
    var contents = try JournalContents(of: file)
    if let found = contents.currency, let currency, found != currency {
      throw .currencyMismatch(journal: found, prices: currency)
    }
    switch contents.tail {
    case .whole: break
    case .unended:
      try file.append(Data("\n".utf8))
      contents.end += 1
    case .torn: try file.truncate(to: contents.end)
    }
    contents.tail = .whole
    if contents.lines == 0 {
      let header = JournalHeader.line(currency: currency ?? "usd")
      try file.append(header)
      contents.currency = currency ?? "usd"
      contents.lines = 1
      contents.end = header.count
    }
    self.init(file: file, contents: contents, isOpen: true, now: now)
  }

  /// Opens a journal for reading only, even while another process adds to it; what is added later is not seen.
  ///
  /// - Throws: as `init(at:)`, except for the lock.
  public convenience init(reading url: URL) throws(LabelError) {
    let file = try JournalFile(url, writing: false)
    let contents = try JournalContents(of: file)
    guard contents.lines > 0 else { throw .notAJournal(path: url.path) }
    self.init(file: file, contents: contents, isOpen: false, now: { Date() })
  }

  private init(file: JournalFile, contents: JournalContents, isOpen: Bool, now: @escaping @Sendable () -> Date) {
    path = file.path
    currency = contents.currency ?? "usd"
    self.now = now
    state = Mutex(State(contents: contents, file: file, isOpen: isOpen, lastSync: now()))
  }

  // MARK: Reading

  /// The account of what was spent; requests that an earlier process sent and never saw answered are uncertain.
  @_spi(Command) public var ledger: Ledger { state.withLock { $0.contents.ledger } }
  /// The requests in batch files that have no reply yet.
  @_spi(Command) public var openBatchKeys: Set<RequestKey> { ledger.openBatchKeys }
  /// The number of requests that have a reply.
  public var replyCount: Int { state.withLock { $0.contents.replies.count } }

  /// Whether a request has a reply.
  @_spi(Command) public func hasReply(for key: RequestKey) -> Bool {
    state.withLock { $0.contents.replies[JournalContents.Key(key)] != nil }
  }

  /// The latest reply to a request, read from the file; nil if there is none.
  ///
  /// - Throws: `LabelError.unreadableJournal`, `.badJournalLine`, `.closedJournal`.
  @_spi(Command) public func reply(for key: RequestKey) throws(LabelError) -> CompletionReply? {
    let (place, file) = state.withLock { ($0.contents.replies[JournalContents.Key(key)], $0.file) }
    guard let place else { return nil }
    guard let file else { throw .closedJournal(path: path) }
    let bytes = try file.read(at: place.offset, count: Int(place.length))
    guard let found = try? JSONDecoder.journal.decode(JournalReply.self, from: bytes) else {
      throw .badJournalLine(path: path, line: Int(place.line), reason: "its reply cannot be read")
    }
    return found.reply
  }

  // MARK: Recording

  /// Records that a request is about to be sent; nothing may be sent before this returns.
  ///
  /// - Throws: `LabelError.unwritableJournal`, `.closedJournal`.
  @_spi(Command) public func recordSent(_ reservation: Reservation) throws(LabelError) {
    try recordSent([reservation])
  }

  /// Records that requests are about to be sent together: all of them are in the journal or, if the process is killed
  /// meanwhile, none.
  ///
  /// - Throws: `LabelError.unwritableJournal`, `.closedJournal`.
  @_spi(Command) public func recordSent(_ reservations: [Reservation]) throws(LabelError) {
    let time = time
    try append(
      reservations.enumerated().map { place, reservation in
        var line = JournalLine(.sent, key: reservation.key, time: time, isBatch: reservation.isBatch)
        line.model = reservation.model
        line.tokens = reservation.spending.tokens
        line.money = reservation.spending.money
        line.scale = reservation.scale > 1 ? reservation.scale : nil
        line.bytes = reservation.promptBytes
        line.left = place < reservations.count - 1 ? reservations.count - 1 - place : nil
        return (line, line)
      })
  }

  /// Records a reply in full.
  ///
  /// - Parameters:
  ///   - reply: the reply in full.
  ///   - key: the name of the request.
  ///   - model: the model that was asked.
  ///   - cost: what it cost; nil if the service did not report usage.
  ///   - isBatch: whether the request went through a batch file.
  ///   - origin: where the request comes from, for people who read the journal.
  /// - Throws: `LabelError.unwritableJournal`, `.closedJournal`.
  @_spi(Command) public func recordReply(
    _ reply: CompletionReply, for key: RequestKey, model: String, cost: Money?, isBatch: Bool = false,
    origin: RequestOrigin = RequestOrigin()
  ) throws(LabelError) {
    var line = JournalLine(.reply, key: key, time: time, isBatch: isBatch)
    line.model = model
    line.cost = cost
    line.usage = reply.usage
    line.sample = origin.sample
    line.category = origin.category
    line.capability = origin.capability
    line.order = origin.order
    line.template = origin.template
    try append([(line, JournalReplyLine(line: line, reply: reply))])
  }

  /// Records that a request has failed, one line for each attempt that was sent.
  ///
  /// - Parameters:
  ///   - kind: a short name of the kind of failure.
  ///   - detail: the service's own words as `CompletionError` has them: without texts and keys.
  ///   - key: the key of the request that failed.
  ///   - mayHaveBeenBilled: whether what was set aside counts as spent.
  ///   - isBatch: whether the request went through a batch file.
  /// - Throws: `LabelError.unwritableJournal`, `.closedJournal`.
  @_spi(Command) public func recordFailure(
    _ kind: String, detail: String? = nil, for key: RequestKey, mayHaveBeenBilled: Bool, isBatch: Bool = false
  ) throws(LabelError) {
    var line = JournalLine(.failure, key: key, time: time, isBatch: isBatch)
    line.kind = kind
    line.detail = detail
    line.billed = mayHaveBeenBilled
    try append([(line, line)])
  }

  /// Records that requests in a batch file were given up and not billed.
  ///
  /// - Throws: `LabelError.unwritableJournal`, `.closedJournal`.
  @_spi(Command) public func recordReleased(_ keys: some Sequence<RequestKey>) throws(LabelError) {
    for key in keys {
      let line = JournalLine(.released, key: key, time: time, isBatch: true)
      try append([(line, line)])
    }
  }

  /// Has the system bring everything to the disk.
  ///
  /// - Throws: `LabelError.unwritableJournal`, `.closedJournal`.
  public func synchronize() throws(LabelError) {
    let time = now()
    try state.withLock { (state) throws(LabelError) in
      try Self.synchronize(&state, path: path, time: time)
    }
  }

  /// Brings everything to the disk and gives the lock up; replies can no longer be read.
  ///
  /// - Throws: `LabelError.unwritableJournal`.
  public func close() throws(LabelError) {
    let time = now()
    try state.withLock { (state) throws(LabelError) in
      defer {
        state.isOpen = false
        state.file = nil
      }
      if state.isOpen { try Self.synchronize(&state, path: path, time: time) }
    }
  }

  private var time: String { now().formatted(.iso8601) }

  private func append(_ lines: [(line: JournalLine, body: any Encodable)]) throws(LabelError) {
    let encoder = JSONEncoder.line
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    var (bytes, lengths) = (Data(), [Int]())
    for (_, body) in lines {
      guard let line = try? encoder.encode(body) else {
        throw .unwritableJournal(path: path, reason: "a line cannot be encoded")
      }
      bytes += line
      bytes.append(UInt8(ascii: "\n"))
      lengths.append(line.count)
    }
    let time = now()
    try state.withLock { (state) throws(LabelError) in
      if let failure = state.failure { throw failure }
      guard state.isOpen, let file = state.file else { throw .closedJournal(path: path) }
      do throws(LabelError) {
        try file.append(bytes)
      } catch {
        // Part of the lines may stand in the file. If it cannot be cut off now, the next to open it does so.
        try? file.truncate(to: state.contents.end)
        state.failure = error
        throw error
      }
      for ((line, _), length) in zip(lines, lengths) {
        let isTaken = state.contents.take(line, length: length)
        precondition(isTaken, "LabelJournal.append: a line lacks what its type must have")
      }
      if abs(time.timeIntervalSince(state.lastSync)) >= 1 {
        try Self.synchronize(&state, path: path, time: time)
      }
    }
  }

  private static func synchronize(_ state: inout State, path: String, time: Date) throws(LabelError) {
    if let failure = state.failure { throw failure }
    guard state.isOpen, let file = state.file else { throw .closedJournal(path: path) }
    do throws(LabelError) {
      try file.synchronize()
      state.lastSync = time
    } catch {
      state.failure = error
      throw error
    }
  }
}
