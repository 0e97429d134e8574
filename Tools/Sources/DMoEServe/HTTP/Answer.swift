@_spi(Command) import DMoERM
import HTTPTypes
import Hummingbird

/// What the server answers, before it is bytes.
struct Answer: Sendable {
  var status: Int
  var type = "application/json"
  var body: String
  var headers: [(name: HTTPField.Name, value: String)] = []

  init(_ body: JSONTree, status: Int = 200) {
    self.body = body.text
    self.status = status
  }

  init(text: String, type: String, status: Int = 200) {
    body = text
    self.type = type
    self.status = status
  }

  /// An error in a form.
  init(_ error: ServeError, status: Int, body: JSONTree) {
    self.init(body, status: status)
    if let seconds = error.retryAfter { headers.append((.retryAfter, "\(seconds)")) }
    if error.code == .unauthorized { headers.append((.wwwAuthenticate, "Bearer")) }
  }

  /// An error in the form of the server's own paths.
  init(_ error: ServeError) { self.init(error, status: error.code.status, body: OwnError.body(of: error)) }

  func response(for head: RequestHead) -> Response {
    var fields: HTTPFields = [.contentType: type, .requestID: head.id]
    for header in headers { fields[header.name] = header.value }
    let bytes = ByteBuffer(string: body)
    fields[.contentLength] = "\(bytes.readableBytes)"
    return Response(
      status: HTTPResponse.Status(code: status), headers: fields,
      body: head.method == .head ? ResponseBody() : ResponseBody(byteBuffer: bytes))
  }
}
