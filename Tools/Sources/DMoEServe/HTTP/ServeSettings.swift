/// Where a server listens, whom it lets in and how much it takes in.
public struct ServeSettings: Sendable {
  /// Files in PEM form for connections by TLS.
  public struct TLSFiles: Sendable {
    /// The server's certificate, with those that vouch for it.
    public var certificate: String
    /// The certificate's private key.
    public var key: String

    /// Certificate and key.
    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// The address that is listened at.
  public var host = "127.0.0.1"
  /// The port; 0 takes a free one.
  public var port = 8000
  /// What clients must show; nil lets in everyone.
  public var keys: AccessKeys?
  /// Files for TLS; nil is plain HTTP.
  public var tls: TLSFiles?
  /// Whose form answers have where neither path nor request tells.
  public var dialect = SharedPathDialect.vllm
  /// How much is taken in.
  public var limits = ServeLimits()

  /// The defaults.
  public init() {}

  /// Whether only this machine reaches the server.
  public var isLocal: Bool {
    // A name that begins with 127 may be anywhere.
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return host == "localhost" || host == "::1"
      || numbers.count == 4 && numbers[0] == 127 && numbers.allSatisfy { $0 != nil }
  }

  /// - Throws: `ServeError` for settings that must not be served with.
  func check() throws(ServeError) {
    guard isLocal || keys != nil else {
      throw .invalid("without a key the server listens on this machine alone, not at \(host)")
    }
    try limits.check()
  }
}
