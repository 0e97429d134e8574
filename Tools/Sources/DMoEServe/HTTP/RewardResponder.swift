@_spi(Command) import DMoERM
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOFoundationCompat

/// Answers requests: finds what they ask, lets in who has a key, and tells every error in the form that its client reads.
struct RewardResponder: HTTPResponder {
  typealias Context = ServeContext

  let service: RewardService
  let watch: ConnectionWatch
  let logger: Logger

  private var table: DialectTable { DialectTable(shared: service.settings.dialect) }

  func respond(to request: Request, context: ServeContext) async throws -> Response {
    let start = ContinuousClock.now
    let head = RequestHead(request)
    service.metrics.begin()
    var line = AccessLine(head)
    let answer = await answer(request, head, context, &line)
    let seconds = start.duration(to: .now).seconds
    service.metrics.end(path: line.path, status: answer.status, seconds: seconds)
    line.write(to: logger, status: answer.status, seconds: seconds)
    return answer.response(for: head)
  }

  private func answer(
    _ request: Request, _ head: RequestHead, _ context: ServeContext, _ line: inout AccessLine
  ) async -> Answer {
    let pages = ServerPages(service: service, head: head, connections: watch.count)
    let isRewardPath = DialectTable.paths.contains(head.path)
    line.path = isRewardPath ? head.path : pages.pattern ?? "unknown"
    let isOpen = pages.isOpenToAll
    guard isOpen || service.settings.keys?.allow(authorization: head.authorization) ?? true else {
      let error = ServeError(.unauthorized, "a key is needed: Authorization: Bearer KEY")
      return self.answer(error, table.dialect(of: head.path, nil))
    }
    guard isRewardPath else {
      do {
        return try await pages.answer { try await body(of: request) }
      } catch {
        return Answer(ServeError(error))
      }
    }
    guard head.method == .post else {
      return self.answer(ServeError(.methodNotAllowed, "\(head.path) takes POST"), table.dialect(of: head.path, nil))
    }
    var dialect = table.dialect(of: head.path, nil)
    do {
      let body = try await body(of: request)
      dialect = table.dialect(of: head.path, body)
      guard let dialect else { throw ServeError(.notFound, "there is nothing at this path") }
      return try await score(dialect, body, head, context, &line)
    } catch {
      return self.answer(ServeError(error), dialect)
    }
  }

  private func answer(_ error: ServeError, _ dialect: (any Dialect.Type)?) -> Answer {
    guard let dialect else { return Answer(error) }
    return Answer(error, status: dialect.status(of: error), body: dialect.body(of: error))
  }

  private func score<D: Dialect>(
    _ dialect: D.Type, _ body: JSONTree, _ head: RequestHead, _ context: ServeContext, _ line: inout AccessLine
  ) async throws -> Answer {
    let named = D.namesModel ? body["model"] : nil
    if let named, named.string == nil { throw ServeError.invalid("model must be a string") }
    let served = try service.registry.model(named: named?.string ?? head.model)
    let seconds = try head.seconds(atMost: service.settings.limits.requestSeconds)
    var texts = TextReader(served)
    // A trainer whose request is fixed says in the address what it looks for.
    let question = try D(head.rewardKey.map { body.setting("reward_key", JSONTree($0)) } ?? body, &texts)
    for note in texts.notes { service.metrics.note(note) }
    line.model = served.name
    line.responses = question.items.reduce(0) { $0 + $1.responses.count }
    line.notes = texts.notes
    let scored = try await service.score(
      question.items, by: served, within: seconds, RequestWatch(context.channel, connections: watch))
    line.tokens = scored.totalTokens
    let facts = AnswerFacts(served: served, id: head.id, date: Date())
    var answer = Answer(try question.answer(scored, facts))
    answer.headers.append((.bundle, "\(served.name)@\(served.fingerprint)".headerText))
    if !texts.notes.isEmpty { answer.headers.append((.notes, texts.notes.joined(separator: ", ").headerText)) }
    return answer
  }

  /// - Throws: `ServeError` for a body that is too long or no JSON.
  private func body(of request: Request) async throws -> JSONTree {
    let limit = service.settings.limits.bodyBytes
    let tooLarge = ServeError(.payloadTooLarge, "the body is longer than \(limit) bytes")
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
    var bytes: ByteBuffer
    do { bytes = try await request.body.collect(upTo: limit) } catch is NIOTooManyBytesError { throw tooLarge } catch {
      throw ServeError(.clientGone, "the body did not come to its end")
    }
    guard bytes.readableBytes > 0 else { throw ServeError.invalid("the body is empty; it must be JSON") }
    let data = bytes.readData(length: bytes.readableBytes) ?? Data()
    do { return try JSONTree(reading: data) } catch { throw ServeError.invalid("the body: \(error)") }
  }
}

extension String {
  /// What of it a header can hold.
  fileprivate var headerText: String {
    String(unicodeScalars.map { $0.isASCII && $0.value >= 0x20 ? Character($0) : "?" })
  }
}
