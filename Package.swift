// swift-tools-version: 6.1
import PackageDescription

// The root package is a library without package dependencies: whoever embeds it fetches nothing else.
// The command, the benchmarks and the examples are packages of their own in Tools, Benchmarks and Examples.

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
  name: "DMoERM",
  products: [
    .library(name: "DMoERM", targets: ["DMoERM"]),
    .library(name: "DMoEPretrained", targets: ["DMoEPretrained"]),
    // Rooms of their own, for who needs no more: scoring alone compiles neither training nor labeling.
    .library(name: "DMoEData", targets: ["DMoEData"]),
    .library(name: "DMoEModel", targets: ["DMoEModel"]),
    .library(name: "DMoEEvaluate", targets: ["DMoEEvaluate"]),
    .library(name: "DMoETrain", targets: ["DMoETrain"]),
    .library(name: "DMoEPolicy", targets: ["DMoEPolicy"]),
    .library(name: "DMoEExperiment", targets: ["DMoEExperiment"]),
    .library(name: "DMoERL", targets: ["DMoERL"]),
    .library(name: "DMoELabel", targets: ["DMoELabel"]),
  ],
  traits: [
    .trait(
      name: "OpenBLAS",
      description: "Multiply and factorise with the system's OpenBLAS and LAPACKE (found through pkg-config)."),
    .trait(
      name: "OneDNN",
      description: "Multiply by frozen weights with the system's oneDNN, which packs them once, also as bf16 or bytes."),
    .default(enabledTraits: ["OpenBLAS"]),
  ],
  targets: [
    // MARK: Public API
    .target(
      name: "DMoERM",
      dependencies: ["DMoECore", "DMoEData", "DMoEModel", "DMoEEvaluate", "DMoETrain"],
      swiftSettings: swiftSettings),
    .target(
      name: "DMoEPretrained", dependencies: ["DMoECore", "DMoEModel"],
      resources: [.copy("Resources/dmoerm-small.dmoerm")], swiftSettings: swiftSettings),
    .target(name: "DMoEData", dependencies: ["DMoEFoundation"], swiftSettings: swiftSettings),
    .target(
      name: "DMoEModel", dependencies: ["DMoEFoundation", "DMoECore", "DMoEData"], swiftSettings: swiftSettings),
    .target(
      name: "DMoEEvaluate", dependencies: ["DMoEFoundation", "DMoECore", "DMoEData", "DMoEModel", "DMoEReport"],
      swiftSettings: swiftSettings),
    .target(
      name: "DMoETrain",
      dependencies: ["DMoEFoundation", "DMoECore", "DMoEData", "DMoEModel", "DMoEEvaluate", "DMoEReport"],
      swiftSettings: swiftSettings),
    .target(
      name: "DMoEPolicy", dependencies: ["DMoEFoundation", "DMoECore", "DMoEData", "DMoEModel"],
      swiftSettings: swiftSettings),
    .target(
      name: "DMoEExperiment",
      dependencies: [
        "DMoEFoundation", "DMoECore", "DMoEData", "DMoEModel", "DMoEEvaluate", "DMoETrain", "DMoEPolicy", "DMoERL",
        "DMoEReport",
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "DMoERL",
      dependencies: [
        "DMoEFoundation", "DMoECore", "DMoEData", "DMoEModel", "DMoEEvaluate", "DMoEPolicy", "DMoETrain", "DMoEReport",
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "DMoELabel", dependencies: ["DMoEFoundation", "DMoEData", "DMoEReport"], swiftSettings: swiftSettings),

    // MARK: Implementation details
    .target(name: "DMoEFoundation", swiftSettings: swiftSettings),
    .target(
      name: "DMoECore",
      dependencies: [
        "DMoEFoundation", "CDMoEKernels",
        .target(name: "CDMoEBLAS", condition: .when(traits: ["OpenBLAS"])),
        .target(name: "CDMoEOneDNN", condition: .when(traits: ["OneDNN"])),
      ],
      swiftSettings: swiftSettings),
    .target(name: "DMoEReport", dependencies: ["DMoEFoundation", "DMoEData"], swiftSettings: swiftSettings),
    .target(name: "CDMoEKernels"),
    .target(
      name: "CDMoEOneDNN", cSettings: [.define("DMOE_ONEDNN", .when(traits: ["OneDNN"]))],
      linkerSettings: [.linkedLibrary("dnnl", .when(traits: ["OneDNN"]))]),
    .systemLibrary(
      name: "CDMoEBLAS", pkgConfig: "openblas lapacke",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev", "pkg-config"])]),

    // MARK: Tests
    .target(
      name: "_TestSupport", dependencies: ["DMoECore", "DMoEData"], path: "Tests/_TestSupport",
      swiftSettings: swiftSettings),
    .testTarget(
      name: "DMoEFoundationTests", dependencies: ["DMoEFoundation", "_TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "DMoECoreTests", dependencies: ["DMoECore", "_TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: swiftSettings),
    .testTarget(name: "DMoEDataTests", dependencies: ["DMoEData"], swiftSettings: swiftSettings),
    .testTarget(
      name: "DMoEModelTests", dependencies: ["DMoEModel", "DMoEData", "DMoECore", "_TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: swiftSettings),
    .testTarget(
      name: "DMoEEvaluateTests",
      dependencies: ["DMoEEvaluate", "DMoEModel", "DMoEData", "DMoEReport", "DMoECore", "_TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: swiftSettings),
    .testTarget(
      name: "DMoETrainTests",
      dependencies: ["DMoETrain", "DMoEEvaluate", "DMoEModel", "DMoEData", "DMoEReport", "DMoECore", "_TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "DMoEPolicyTests", dependencies: ["DMoEPolicy", "DMoEModel", "DMoEData", "DMoECore", "_TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: swiftSettings),
    .testTarget(
      name: "DMoEExperimentTests",
      dependencies: [
        "DMoEExperiment", "DMoERL", "DMoEPolicy", "DMoEEvaluate", "DMoETrain", "DMoEModel", "DMoEData", "DMoECore",
        "_TestSupport",
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "DMoERLTests",
      dependencies: ["DMoERL", "DMoEPolicy", "DMoETrain", "DMoEModel", "DMoEData", "DMoECore", "_TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: swiftSettings),
    .testTarget(
      name: "DMoELabelTests", dependencies: ["DMoELabel", "DMoEFoundation", "DMoEData", "DMoEReport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "DMoERMTests", dependencies: ["DMoERM", "DMoELabel", "DMoEExperiment", "_TestSupport"],
      swiftSettings: swiftSettings),
  ],
  swiftLanguageModes: [.v6]
)
