import Testing

@testable import DMoECore

@Suite struct OpenBLASCoreTests {
  private func preferred(
    _ detected: String, hasAVX512: Bool, hasAVX2: Bool = true, _ environment: [String: String] = [:]
  ) -> String? {
    OpenBLASCore.preferred(detected: detected, hasAVX512: hasAVX512, hasAVX2: hasAVX2, environment: environment)
  }

  @Test func anAVX2CoreOnAnAVX512CPUGivesWayToSkylakeX() {
    #expect(preferred("Haswell", hasAVX512: true) == "SkylakeX")
    #expect(preferred("Zen", hasAVX512: true) == "SkylakeX")
    #expect(preferred("Haswell", hasAVX512: false) == nil)
    for core in ["SkylakeX", "Cooperlake", "SapphireRapids", "neoversen1"] {
      #expect(preferred(core, hasAVX512: true) == nil)
    }
  }

  /// OpenBLAS 0.3.21 takes its oldest core on CPUs that it does not know, Intel's of 2023 among them.
  @Test(arguments: ["Prescott", "Core2", "Nehalem", "Sandybridge"])
  func aCoreOlderThanTheCPUGivesWay(core: String) {
    #expect(preferred(core, hasAVX512: true) == "SkylakeX")
    #expect(preferred(core, hasAVX512: false) == "Haswell")
    #expect(preferred(core, hasAVX512: false, hasAVX2: false) == nil)
    #expect(preferred(core, hasAVX512: true, ["DMOERM_OPENBLAS_CORETYPE": "keep"]) == nil)
  }

  @Test func ourVariableDecidesTheCoreWhateverOpenBLASsSays() {
    func preferred(_ environment: [String: String]) -> String? {
      self.preferred("Haswell", hasAVX512: true, environment)
    }
    #expect(preferred(["OPENBLAS_CORETYPE": "Haswell"]) == "SkylakeX")
    #expect(preferred(["OPENBLAS_CORETYPE": "Zen", "DMOERM_OPENBLAS_CORETYPE": "keep"]) == nil)
    #expect(preferred(["OPENBLAS_CORETYPE": "Zen", "DMOERM_OPENBLAS_CORETYPE": "SkylakeX"]) == "SkylakeX")
    #expect(preferred(["DMOERM_OPENBLAS_CORETYPE": "keep"]) == nil)
    #expect(preferred(["DMOERM_OPENBLAS_CORETYPE": "Sandybridge"]) == "Sandybridge")
    #expect(preferred(["DMOERM_OPENBLAS_CORETYPE": ""]) == "SkylakeX")
  }

  /// OpenBLAS runs whatever kernels it is told to run, into an illegal instruction.
  @Test func kernelsAreNamedForWhatTheCPULacks() {
    #if arch(x86_64)
      let lacking = ["Sandybridge", "Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"].map {
        OpenBLASCore.missingInstructions(of: $0) != nil
      }
      // Each of them needs what those before it need; Haswell and Zen are alike.
      #expect(lacking == lacking.sorted { !$0 && $1 } && lacking[1] == lacking[2])
      #expect(OpenBLASCore.missingInstructions(of: "skylakex") == OpenBLASCore.missingInstructions(of: "SkylakeX"))
    #endif
    #expect(OpenBLASCore.missingInstructions(of: "Nehalem") == nil)
  }

  @Test func informationAgreesWithTheBuild() {
    let information = ComputeInformation.current
    #expect(information.processors >= 1)
    #expect((information.openBLASCore != nil) == BLAS.isAvailable)
    #expect((information.openBLASConfiguration != nil) == BLAS.isAvailable)
  }

  #if OpenBLAS
    @Test func openBLASStaysOnTheCallingThreadAfterTheChoice() {
      #expect(ComputeInformation.current.openBLASThreads == 1)
    }

    @Test func theChosenKernelsMultiplyCorrectly() {
      BLAS.prepare()
      #expect(OpenBLASCore.multipliesCorrectly())
    }
  #endif
}
