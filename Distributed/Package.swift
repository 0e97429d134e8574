// swift-tools-version: 6.1
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

// Open MPI names its flags `ompi-c`. For another MPI, DMOERM_MPI is the name of its pkg-config file, or `none`, and the flags are given
// on the command line. MPICH's own file has linker options that the package manager refuses: Scripts/checks/mpich writes one.
let module = Context.environment["DMOERM_MPI"] ?? "ompi-c"

// The library and its command on several processes that MPI starts.
let package = Package(
  name: "DMoERMDistributed",
  products: [
    .executable(name: "dmoerm-mpi", targets: ["dmoerm-mpi"]),
    .library(name: "DMoEMPI", targets: ["DMoEMPI"]),
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
    .package(
      name: "DMoERMTools", path: "../Tools",
      traits: [
        .trait(name: "OpenBLAS", condition: .when(traits: ["OpenBLAS"])),
        .trait(name: "OneDNN", condition: .when(traits: ["OneDNN"])),
      ]),
  ],
  targets: [
    .executableTarget(
      name: "dmoerm-mpi",
      dependencies: ["DMoEMPI", .product(name: "DMoECommand", package: "DMoERMTools")], swiftSettings: swiftSettings),
    // Ranks of MPI, as the library sees ranks.
    .target(
      name: "DMoEMPI", dependencies: ["CMPI", .product(name: "DMoERM", package: "DMoERM")],
      swiftSettings: swiftSettings),
    // What of MPI is used, as plain functions: its handles are macros, which Swift does not import.
    .target(name: "CMPI", dependencies: ["CMPISystem"]),
    .systemLibrary(
      name: "CMPISystem", pkgConfig: module == "none" ? nil : module, providers: [.apt(["libopenmpi-dev"])]),
  ],
  swiftLanguageModes: [.v6]
)
