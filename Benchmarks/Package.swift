// swift-tools-version: 6.1
import PackageDescription

// The benchmarks: what the library reaches, beside its own fallback, the bare product and other software.
let package = Package(
  name: "DMoERMBenchmarks",
  products: [.executable(name: "dmoerm-bench", targets: ["dmoerm-bench"])],
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
  ],
  targets: [
    // What the CPU can do at most: loops of single instructions, which Swift cannot write.
    .target(name: "CRoofs"),
    .executableTarget(
      name: "dmoerm-bench",
      dependencies: [
        "CRoofs",
        .product(name: "DMoERM", package: "DMoERM"),
        .product(name: "DMoEPolicy", package: "DMoERM"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [.enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("ExistentialAny")]),
  ],
  swiftLanguageModes: [.v6]
)
