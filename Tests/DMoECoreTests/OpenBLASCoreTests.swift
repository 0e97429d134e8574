import Testing

@testable import DMoECore

@Suite struct OpenBLASCoreTests {
  @Test func anAVX2CoreOnAnAVX512CPUGivesWayToSkylakeX() {
    #expect(OpenBLASCore.preferred(detected: "Haswell", hasAVX512: true, environment: [:]) == "SkylakeX")
    #expect(OpenBLASCore.preferred(detected: "Zen", hasAVX512: true, environment: [:]) == "SkylakeX")
    #expect(OpenBLASCore.preferred(detected: "Haswell", hasAVX512: false, environment: [:]) == nil)
    for core in ["SkylakeX", "Cooperlake", "SapphireRapids", "neoversen1"] {
      #expect(OpenBLASCore.preferred(detected: core, hasAVX512: true, environment: [:]) == nil)
    }
  }

  @Test func ourVariableDecidesTheCoreWhateverOpenBLASsSays() {
    func preferred(_ environment: [String: String]) -> String? {
      OpenBLASCore.preferred(detected: "Haswell", hasAVX512: true, environment: environment)
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
