// swift-tools-version: 6.1
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

// Programs that embed the library, one a target; README.md says what each shows.
let package = Package(
  name: "DMoERMExamples",
  traits: [
    .trait(name: "OpenBLAS", description: "As the library's trait of this name."),
    .default(enabledTraits: ["OpenBLAS"]),
  ],
  dependencies: [
    .package(
      name: "DMoERM", path: "..", traits: [.trait(name: "OpenBLAS", condition: .when(traits: ["OpenBLAS"]))])
  ],
  targets: ["score-one", "best-of-n", "keep-a-prompt", "train-in-code", "score-concurrently", "label-in-code"].map {
    name in
    .executableTarget(
      name: name,
      dependencies: [.product(name: "DMoERM", package: "DMoERM")]
        + (name == "label-in-code" ? [.product(name: "DMoELabel", package: "DMoERM")] : []),
      swiftSettings: swiftSettings)
  } + [
    .executableTarget(
      name: "best-of-n-policy",
      dependencies: [
        .product(name: "DMoERM", package: "DMoERM"), .product(name: "DMoEPolicy", package: "DMoERM"),
      ], swiftSettings: swiftSettings),
    .executableTarget(
      name: "rl-trainer",
      dependencies: [
        .product(name: "DMoERM", package: "DMoERM"), .product(name: "DMoEPolicy", package: "DMoERM"),
        .product(name: "DMoERL", package: "DMoERM"),
      ], swiftSettings: swiftSettings),
  ],
  swiftLanguageModes: [.v6]
)
