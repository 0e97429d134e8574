// swift-tools-version: 6.1
import Foundation
import PackageDescription

// Programs that try to make the library's promises false: readers under libFuzzer, kernels under sanitizers, comparisons of
// rewards. `Trust/campaign` builds and runs them; `Docs/Trust.md` is the record.

// The targets read what is inside the library too: they belong to its package by name, which is that of the folder it is in.
let library = URL(fileURLWithPath: Context.packageDirectory).deletingLastPathComponent().lastPathComponent.lowercased()
let inside: [SwiftSetting] = [.unsafeFlags(["-package-name", library])]

let package = Package(
  name: "DMoERMTrust",
  products: [
    .executable(name: "dmoerm-trust", targets: ["dmoerm-trust"]),
    .executable(name: "dmoerm-trust-kernels", targets: ["dmoerm-trust-kernels"]),
    .executable(name: "dmoerm-trust-answers", targets: ["dmoerm-trust-answers"]),
  ],
  dependencies: [.package(name: "DMoERM", path: "..")],
  targets: [
    // What libFuzzer's runtime is called by.
    .target(name: "CFuzzer"),
    .target(name: "Draws", swiftSettings: inside),
    // What of the server reads requests: links to its own sources, those that know nothing of connections. So nothing of HTTP
    // is fetched or built.
    .target(
      name: "ServeBodies", dependencies: [.product(name: "DMoERM", package: "DMoERM")],
      swiftSettings: [.enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("ExistentialAny")]),
    .executableTarget(
      name: "dmoerm-trust",
      dependencies: [
        "CFuzzer", "Draws", "ServeBodies",
        .product(name: "DMoERM", package: "DMoERM"),
        .product(name: "DMoELabel", package: "DMoERM"),
      ],
      swiftSettings: inside),
    // Apart from the readers, so that who watches kernels builds half of the library.
    .executableTarget(
      name: "dmoerm-trust-kernels", dependencies: ["CFuzzer", "Draws", .product(name: "DMoEModel", package: "DMoERM")],
      swiftSettings: inside),
    // Apart from both, so that many rewards are compared by what is optimized and watched by nobody.
    .executableTarget(
      name: "dmoerm-trust-answers", dependencies: ["CFuzzer", "Draws", .product(name: "DMoEModel", package: "DMoERM")],
      swiftSettings: inside),
  ],
  swiftLanguageModes: [.v6]
)
