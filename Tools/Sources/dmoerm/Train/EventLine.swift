@_spi(Command) import DMoERM

/// An event as one flat JSON object with its kind under "event".
struct EventLine: Encodable {
  let event: TrainingEvent

  private enum CodingKeys: CodingKey { case event, phases, phase, reason, seconds, done, total }

  func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: CodingKeys.self)
    switch event {
    case .runStarted(let phases):
      try row.encode("runStarted", forKey: .event)
      try row.encode(phases, forKey: .phases)
    case .textsRead(let phase, let done, let total):
      try row.encode("textsRead", forKey: .event)
      try row.encode(phase, forKey: .phase)
      try row.encode(done, forKey: .done)
      try row.encode(total, forKey: .total)
    case .phaseStarted(let start):
      try row.encode("phaseStarted", forKey: .event)
      try start.encode(to: encoder)
    case .phaseSkipped(let phase):
      try row.encode("phaseSkipped", forKey: .event)
      try row.encode(phase, forKey: .phase)
    case .phaseLeftOut(let phase, let reason):
      try row.encode("phaseLeftOut", forKey: .event)
      try row.encode(phase, forKey: .phase)
      try row.encode(reason, forKey: .reason)
    case .step(let metrics):
      try row.encode("step", forKey: .event)
      try metrics.encode(to: encoder)
    case .validation(let metrics):
      try row.encode("validation", forKey: .event)
      try metrics.encode(to: encoder)
    case .phaseFinished(let summary):
      try row.encode("phaseFinished", forKey: .event)
      try summary.encode(to: encoder)
    case .runFinished(let seconds):
      try row.encode("runFinished", forKey: .event)
      try row.encode(seconds, forKey: .seconds)
    }
  }
}
