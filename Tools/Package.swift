// swift-tools-version: 6.1
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

// The `dmoerm` command: the library's first embedder.
let package = Package(
  name: "DMoERMTools",
  products: [.executable(name: "dmoerm", targets: ["dmoerm"])],
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
    // For the tests only: a server on loopback that misbehaves on purpose.
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    .executableTarget(
      name: "dmoerm",
      dependencies: [
        .product(name: "DMoERM", package: "DMoERM"),
        .product(name: "DMoEPretrained", package: "DMoERM"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Resources/README.md"], resources: [.copy("Resources/demo-preferences.jsonl")],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "dmoermTests",
      dependencies: [
        "dmoerm",
        .product(name: "DMoERM", package: "DMoERM"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
      ],
      swiftSettings: swiftSettings),
  ],
  swiftLanguageModes: [.v6]
)
