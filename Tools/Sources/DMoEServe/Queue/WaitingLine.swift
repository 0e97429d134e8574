/// The jobs that wait for one model, in the order in which they came.
///
/// Whatever waits, each job costs the same few steps to come, to be taken and to be dropped.
struct WaitingLine: Sendable {
  private var jobs: [Int: ScoringJob] = [:]
  /// The tickets of all that came, oldest first. Those before `head` are gone, and so are those without a job.
  private var order: [Int] = []
  private var head = 0
  /// The tickets of the jobs of each group, oldest first.
  private var groups: [ScoringJob.Group: [Int]] = [:]

  var isEmpty: Bool { jobs.isEmpty }

  /// - Parameter ticket: Greater than those of all that came before.
  mutating func append(_ job: ScoringJob, _ ticket: Int) {
    jobs[ticket] = job
    order.append(ticket)
    groups[job.group, default: []].append(ticket)
  }

  /// The ticket of the oldest job.
  mutating func oldest() -> Int? {
    while head < order.count, jobs[order[head]] == nil { head += 1 }
    if head > 64, head > order.count / 2 {
      order.removeFirst(head)
      head = 0
    }
    return head < order.count ? order[head] : nil
  }

  /// Takes out a job, if it still waits.
  @discardableResult mutating func remove(_ ticket: Int) -> ScoringJob? {
    guard let job = jobs.removeValue(forKey: ticket), var tickets = groups.removeValue(forKey: job.group) else {
      return nil
    }
    tickets.remove(at: tickets.firstPlace(notBefore: ticket))
    if !tickets.isEmpty { groups[job.group] = tickets }
    return job
  }

  /// Takes out the jobs of the next pass: the oldest with all that go on from its prompt, however late they came, then the
  /// oldest of the rest with its own, for as long as there is room for whole jobs. The oldest has its turn however great it
  /// is, so that none waits for ever.
  ///
  /// - Parameters:
  ///   - tokens: How many the pass reads at most: of responses, and of prompts that are not kept. The first prompt is beside
  ///     that: it is read for as many of its responses as there is room for, since another pass might read it again.
  ///   - bytes: The memory of the keys and values of all its prompts at most.
  mutating func takePass(tokens: Int, bytes: Int) -> [ScoringJob] {
    var taken: [ScoringJob] = []
    var (tokensLeft, bytesLeft) = (tokens, bytes)
    var prompts: Set<KeptPrompts.Key> = []
    while let ticket = oldest(), let job = jobs[ticket] {
      let model = job.batch.model
      let cost = prompts.contains(job.group.prompt) ? (tokens: 0, bytes: 0) : model.promptCost(of: job)
      let fits = cost.tokens + job.tokens <= tokensLeft && cost.bytes <= bytesLeft
      let isFirst = taken.isEmpty
      guard isFirst || fits else { break }
      prompts.insert(job.group.prompt)
      if !isFirst { tokensLeft -= cost.tokens }
      bytesLeft -= cost.bytes
      taken += takeGroup(job.group, tokens: &tokensLeft, takesFirst: isFirst)
      if isFirst { tokensLeft -= cost.tokens }
    }
    return taken
  }

  /// Takes out the jobs of a group that there is room for, oldest first.
  private mutating func takeGroup(
    _ group: ScoringJob.Group, tokens: inout Int, takesFirst: Bool
  ) -> [ScoringJob] {
    let tickets = groups.removeValue(forKey: group) ?? []
    var taken: [ScoringJob] = []
    for (place, ticket) in tickets.enumerated() {
      guard let job = jobs[ticket], job.tokens <= tokens || takesFirst && taken.isEmpty else {
        groups[group] = Array(tickets[place...])
        break
      }
      jobs[ticket] = nil
      tokens -= job.tokens
      taken.append(job)
    }
    return taken
  }
}

extension [Int] {
  /// The place of the first number that is not below one, where they ascend.
  fileprivate func firstPlace(notBefore number: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
