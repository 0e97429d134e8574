import ArgumentParser
import DMoEServe
import Foundation

/// Where the server listens, and whom it lets in.
struct ServePlaceArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: "The address to listen at; another than this machine's own needs a key.")
  var host = "127.0.0.1"
  @Option(parsing: .unconditional, help: "The port; 0 takes a free one.") var port = 8000
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A file of keys, one a line, of which clients send one: Authorization: Bearer KEY.",
      discussion: "$DMOERM_SERVE_KEY holds one as well.", valueName: "file"), transform: pathWord)
  var keyFile: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The certificate for TLS, in PEM form.", valueName: "file"),
    transform: pathWord) var tlsCertificate: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The certificate's private key, in PEM form.", valueName: "file"),
    transform: pathWord) var tlsKey: String?
  @Option(
    help: """
      Whose form answers have where neither path nor request tells (/rerank, /v1/rerank): \
      \(Choice<SharedPathDialect>.listed).
      """) var dialect = Choice(SharedPathDialect.vllm)

  func validate() throws {
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      throw ValidationError("--tls-certificate and --tls-key go together")
    }
    try Bounds.check("--port", port, 0...65535)
  }

  func apply(to settings: inout ServeSettings, environment: [String: String] = ProcessInfo.processInfo.environment)
    throws
  {
    (settings.host, settings.port, settings.dialect) = (host, port, dialect.value)
    settings.keys = try keys(environment)
    guard settings.isLocal || settings.keys != nil else {
      throw Failure(
        "--host \(host) lets other machines in, and there is no key",
        hint: "--key-file FILE or DMOERM_SERVE_KEY says which key clients must send.", status: .usage)
    }
    guard let tlsCertificate, let tlsKey else { return }
    try InputFile(tlsCertificate, option: "--tls-certificate").check()
    try InputFile(tlsKey, option: "--tls-key").check()
    settings.tls = ServeSettings.TLSFiles(certificate: tlsCertificate, key: tlsKey)
  }

  private func keys(_ environment: [String: String]) throws -> AccessKeys? {
    let own = environment["DMOERM_SERVE_KEY"].flatMap { $0.isEmpty ? nil : $0 }
    guard keyFile != nil || own != nil else { return nil }
    let content = try keyFile.map { String(decoding: try InputFile($0, option: "--key-file").content(), as: UTF8.self) }
    do { return try AccessKeys(text: [content, own].compactMap { $0 }.joined(separator: "\n")) } catch {
      throw Failure("\(keyFile.map { "--key-file \($0)" } ?? "DMOERM_SERVE_KEY"): \(error.message)", status: .badInput)
    }
  }
}
