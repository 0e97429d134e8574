// swift-tools-version: 6.1
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

// The `dmoerm` command: the library's first embedder.
let package = Package(
  name: "DMoERMTools",
  products: [
    .executable(name: "dmoerm", targets: ["Command"]),
    // The command's parts, for programs that are started otherwise: `Distributed` has one under MPI.
    .library(name: "DMoECommand", targets: ["dmoerm"]),
  ],
  traits: [
    .trait(name: "OpenBLAS", description: "As the library's trait of this name."),
    .trait(name: "OneDNN", description: "As the library's trait of this name."),
    .default(enabledTraits: ["OpenBLAS"]),
  ],
  dependencies: [
    .package(
      name: "DMoERM", path: "..",
      traits: [
        .trait(name: "OpenBLAS", condition: .when(traits: ["OpenBLAS"])),
        .trait(name: "OneDNN", condition: .when(traits: ["OneDNN"])),
      ]),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    // For `label`: a client that costs nothing while it waits.
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
    // What that is made of: its types of bytes, times and errors.
    .package(url: "https://github.com/apple/swift-nio", from: "2.81.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
    // For `serve`: HTTP for tasks, and one line of log a request.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.25.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.0.0"),
    // For the tests only: a server on loopback that misbehaves on purpose.
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    .executableTarget(name: "Command", dependencies: ["dmoerm"], swiftSettings: swiftSettings),
    .target(
      name: "dmoerm",
      dependencies: [
        "DMoEServe",
        .product(name: "DMoERM", package: "DMoERM"),
        .product(name: "DMoEExperiment", package: "DMoERM"),
        .product(name: "DMoELabel", package: "DMoERM"),
        .product(name: "DMoEPolicy", package: "DMoERM"),
        .product(name: "DMoERL", package: "DMoERM"),
        .product(name: "DMoEPretrained", package: "DMoERM"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      exclude: ["Resources/README.md"], resources: [.copy("Resources/demo-preferences.jsonl")],
      swiftSettings: swiftSettings),
    // Reward models behind HTTP, in the dialects of trainers.
    .target(
      name: "DMoEServe",
      dependencies: [
        .product(name: "DMoERM", package: "DMoERM"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOFoundationCompat", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      // A folder, for the page in it is optional.
      resources: [.copy("Resources")], swiftSettings: swiftSettings),
    .testTarget(
      name: "DMoEServeTests",
      dependencies: [
        "DMoEServe",
        .product(name: "DMoERM", package: "DMoERM"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "dmoermTests",
      dependencies: [
        "dmoerm", "Command",
        .product(name: "DMoEExperiment", package: "DMoERM"),
        .product(name: "DMoELabel", package: "DMoERM"),
        .product(name: "DMoERM", package: "DMoERM"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
      ],
      swiftSettings: swiftSettings),
  ],
  swiftLanguageModes: [.v6]
)
