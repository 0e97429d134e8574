import AsyncHTTPClient
import Foundation
import Testing

@testable import dmoerm

@Suite struct HTTPProxyTests {
  private func proxy(_ url: String, _ environment: [String: String]) throws -> String? {
    try HTTPProxy.find(for: #require(URL(string: url)), environment: environment).map { "\($0.host):\($0.port)" }
  }

  @Test func theVariablesOfCurlAreRead() throws {
    #expect(try proxy("https://api.example.com/v1", [:]) == nil)
    #expect(try proxy("https://api.example.com/v1", ["HTTPS_PROXY": "http://p:3128"]) == "p:3128")
    #expect(try proxy("https://api.example.com/v1", ["http_proxy": "http://p:3128"]) == nil)
    #expect(try proxy("http://api.example.com/v1", ["http_proxy": "p:8080"]) == "p:8080")
    #expect(try proxy("http://api.example.com/v1", ["HTTP_PROXY": "p:8080"]) == nil)
    #expect(try proxy("http://api.example.com/v1", ["ALL_PROXY": "socks5://p:1081"]) == "p:1081")
  }

  @Test(arguments: ["example.com", ".example.com", "other, api.example.com", "*"])
  func hostsOfNoProxyAreSpokenToDirectly(list: String) throws {
    let environment = ["https_proxy": "http://p:3128", "no_proxy": list]
    #expect(try proxy("https://api.example.com/v1", environment) == nil)
    #expect(try proxy("https://example.org/v1", environment) == (list == "*" ? nil : "p:3128"))
  }
}
