import AsyncHTTPClient
import Foundation

/// Finds the proxy that the environment names for a service, as curl does.
enum HTTPProxy {
  /// The proxy for a URL; nil for a direct connection.
  ///
  /// `https_proxy` and `http_proxy` name one for their scheme, `all_proxy` one for both, and `no_proxy` the hosts that
  /// need none. All but `http_proxy` are also read in capitals: a web server would let a client set `HTTP_PROXY`.
  static func find(
    for url: URL, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> HTTPClient.Configuration.Proxy? {
    func value(_ name: String) -> String? {
      let names = name == "http_proxy" ? [name] : [name, name.uppercased()]
      return names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }
    guard let host = url.host, !isDirect(host, value("no_proxy") ?? ""),
      let name = value(url.scheme?.lowercased() == "https" ? "https_proxy" : "http_proxy") ?? value("all_proxy"),
      let proxy = URL(string: name.contains("://") ? name : "http://\(name)"), let proxyHost = proxy.host
    else { return nil }
    if proxy.scheme?.lowercased().hasPrefix("socks") == true {
      return .socksServer(host: proxyHost, port: proxy.port ?? 1080)
    }
    guard let user = proxy.user else { return .server(host: proxyHost, port: proxy.port ?? 1080) }
    return .server(
      host: proxyHost, port: proxy.port ?? 1080,
      authorization: .basic(username: user, password: proxy.password ?? ""))
  }

  /// Whether a list of hosts, separated by commas, names the host or a domain that it is in.
  private static func isDirect(_ host: String, _ list: String) -> Bool {
    let host = host.lowercased()
    return list.split { $0 == "," || $0 == " " }.contains { entry in
      let name = entry.lowercased().drop { $0 == "." }
      return name == "*" || host == name || host.hasSuffix(".\(name)")
    }
  }
}
