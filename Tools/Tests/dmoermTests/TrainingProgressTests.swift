@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import dmoerm

struct TrainingProgressTests {
  private static let phase = "expert/roleplay/personalized-expression"

  private static func decoded<T: Decodable>(_ json: String) throws -> T {
    try JSONDecoder().decode(T.self, from: Data(json.utf8))
  }

  private static func start(firstStep: Int = 0) throws -> PhaseStart {
    try decoded(
      """
      {"phase": "\(phase)", "trainingSamples": 23, "validationSamples": 4, "overLengthSamples": 0,
       "trainableParameters": 1000, "plannedSteps": 40, "firstStep": \(firstStep)}
      """)
  }

  private static func step(_ number: Int) throws -> StepMetrics {
    try decoded(
      """
      {"phase": "\(phase)", "step": \(number), "plannedSteps": 40, "epoch": 1.5, "loss": 0.5123, "accuracy": 0.75,
       "margin": 0.4, "meanReward": 0.1, "gradientNorm": 1, "learningRate": 0.001, "tokensPerSecond": 1234}
      """)
  }

  private static func summary() throws -> PhaseSummary {
    let metrics = """
      {"phase": "\(phase)", "step": 0, "loss": 0.693, "accuracy": 0.5, "count": 4, "isBest": true}
      """
    return try decoded(
      """
      {"phase": "\(phase)", "steps": 40, "bestStep": 20, "stoppedEarly": false, "trainingSamples": 23,
       "firstValidation": \(metrics), "bestValidation": \(metrics), "tokens": 1000, "seconds": 61.2}
      """)
  }

  private static func terminal(_ width: Int) -> Terminal {
    Terminal(isInteractive: true, hasColor: true, hasUnicode: true, width: width)
  }

  /// Fifteen of forty steps in thirty seconds.
  private static func progress() throws -> (TrainingProgress, ContinuousClock.Instant) {
    let phases = [TrainingPhase.router, .expert(category: "roleplay", point: "personalized-expression")]
    let begin = ContinuousClock.now
    var progress = TrainingProgress(phases: phases)
    progress.apply(.runStarted(phases: phases), now: begin)
    progress.apply(.phaseSkipped(.router), now: begin)
    progress.apply(.phaseStarted(try start()), now: begin)
    progress.apply(.step(try step(15)), now: begin + .seconds(30))
    return (progress, begin + .seconds(30))
  }

  @Test func theLiveLineTellsPhaseStepsTimeLossAccuracyAndSpeed() throws {
    let (progress, now) = try Self.progress()
    var terminal = Self.terminal(140)
    terminal.hasColor = false
    #expect(
      progress.line(terminal, now: now)
        == "2/2 expert/roleplay/personalized-expression ━━━━━━━━━━━─────────────────── 15/40"
        + "  0:50 left  loss 0.512  75 %  1.2k tok/s")
  }

  @Test func theLiveLineNeverWraps() throws {
    let (progress, now) = try Self.progress()
    for width in 14...140 {
      let shown = progress.line(Self.terminal(width), now: now).displayWidth
      #expect(shown < width, "\(shown) columns of \(width)")
    }
  }

  @Test func timeLeftIsJudgedByTheStepsOfThisProcess() throws {
    let begin = ContinuousClock.now
    var progress = TrainingProgress(phases: [.router])
    progress.apply(.phaseStarted(try Self.start(firstStep: 30)), now: begin)
    #expect(!progress.line(Self.terminal(120), now: begin + .seconds(5)).contains("left"))
    progress.apply(.step(try Self.step(35)), now: begin + .seconds(5))
    #expect(progress.line(Self.terminal(120), now: begin + .seconds(5)).contains("0:05 left"))
  }

  @Test func aFinishedPhaseFitsEightyColumnsAndNarrowOnesLoseCellsNotTheName() throws {
    let (progress, _) = try Self.progress()
    let wide = progress.rows(of: .phaseFinished(try Self.summary()), Self.terminal(80))
    #expect(wide.count == 1 && wide[0].displayWidth <= 80)
    #expect(wide[0].contains("0.69 → 0.69") && wide[0].contains("50 → 50 %") && wide[0].contains("1:01"))
    let narrow = progress.rows(of: .phaseFinished(try Self.summary()), Self.terminal(48))
    #expect(narrow[0].displayWidth <= 48)
    #expect(narrow[0].contains(Self.phase) && !narrow[0].contains("0.69"))
  }

  @Test func aLogHasNoLineForAStepAndOneForAValidation() throws {
    let (progress, _) = try Self.progress()
    #expect(progress.logLines(of: .step(try Self.step(3))).isEmpty)
    let lines = progress.logLines(of: .phaseFinished(try Self.summary()))
    #expect(lines == ["\(Self.phase): done in 1:01, 40 steps, kept step 20"])
  }

  @Test func anEventIsOneFlatObject() throws {
    let line = try JSONOutput.line(EventLine(event: .step(try Self.step(3))))
    let object = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
    guard case .object(let fields) = object else {
      Issue.record("no object")
      return
    }
    #expect(
      fields["event"] == .string("step") && fields["step"] == .integer(3) && fields["phase"] == .string(Self.phase))
    let left = try JSONOutput.line(EventLine(event: .phaseLeftOut(.router, reason: "x")))
    #expect(left == #"{"event":"phaseLeftOut","phase":"router","reason":"x"}"#)
  }

  @Test func theLiveLineIsRewrittenTenTimesASecondAtMost() throws {
    let pipe = Pipe()
    let console = Console(pipe.fileHandleForWriting.fileDescriptor, terminal: Self.terminal(80))
    let begin = ContinuousClock.now
    var shown = 0
    for tick in 0..<1000 {
      console.show(now: begin + .milliseconds(tick)) { _ in
        shown += 1
        return "x"
      }
    }
    #expect(shown == 10)
  }

  @Test func withoutATerminalThereIsNoLiveLine() throws {
    let pipe = Pipe()
    let console = Console(pipe.fileHandleForWriting.fileDescriptor, terminal: .plain)
    console.show { _ in
      Issue.record("shown")
      return "x"
    }
    console.print("done")
    try pipe.fileHandleForWriting.close()
    #expect(try pipe.fileHandleForReading.readToEnd() == Data("done\n".utf8))
  }
}
