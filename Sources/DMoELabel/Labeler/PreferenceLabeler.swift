import DMoEData

/// A labeler: it has language models compare responses in both orders, and keeps every answer in a journal.
///
/// ```swift
/// let plan = try ComparisonPlan(samples: samples, taxonomy: .paper)
/// let journal = try LabelJournal(at: URL(fileURLWithPath: "labels.journal.jsonl"))
/// let labeler = PreferenceLabeler(judges: [PairwiseJudge(client: client, model: "m")])
/// let end = try await labeler.run(plan, journal: journal)
/// let result = try labeler.result(of: plan, journal: journal)
/// try PreferenceWriter.write(result.labels, to: URL(fileURLWithPath: "labels.jsonl"))
/// ```
/// A request whose answer is in the journal is never sent again: a run may be stopped at any moment and goes on when
/// it is started again.
public struct PreferenceLabeler: Sendable {
  /// Those who judge; the journal's `annotator` of a label is their names.
  public let judges: [PairwiseJudge]
  /// The settings of a labeler: how labels are made of judgements, and how fast.
  public let configuration: Configuration
  /// The prices of tokens; nil counts tokens only.
  public let prices: PriceTable?
  /// The ceiling on what may be spent, on everything that is in the journal together.
  public let budget: Budget
  let clock: any LabelClock

  /// A labeler.
  ///
  /// - Parameters:
  ///   - judges: at least one; several vote.
  ///   - configuration: how labels are made of judgements, and how fast.
  ///   - prices: needed for a budget in money.
  ///   - budget: the ceiling on spending.
  public init(
    judges: [PairwiseJudge], configuration: Configuration = Configuration(), prices: PriceTable? = nil,
    budget: Budget = .unlimited
  ) {
    self.init(
      judges: judges, configuration: configuration, prices: prices, budget: budget, clock: SystemLabelClock())
  }

  /// A labeler that measures its waiting by a clock of its own.
  @_spi(Command) public init(
    judges: [PairwiseJudge], configuration: Configuration = Configuration(), prices: PriceTable? = nil,
    budget: Budget = .unlimited, clock: any LabelClock
  ) {
    precondition(!judges.isEmpty, "PreferenceLabeler: no judges")
    self.judges = judges
    self.configuration = configuration
    self.prices = prices
    self.budget = budget
    self.clock = clock
  }
}

extension PreferenceLabeler {
  /// The settings of a labeler: how labels are made of judgements, and how fast.
  public struct Configuration: Sendable, Hashable {
    /// Requests at a time, requests and tokens per minute.
    public var limits = RateLimits()
    /// The settings for sending failed requests again.
    public var retry = RetryPolicy()
    /// The rule by which several judges decide.
    public var votes = VotePolicy.majority
    /// The treatment of comparisons without a consistent preference.
    public var undecided = UndecidedPolicy.drop
    /// The source of a label's probability.
    public var softLabels = SoftLabels.none
    /// The run stops when so many requests in a row to one judge fail for good, or so many replies of one judge in a row
    /// are no verdicts: something is wrong with all of them.
    public var maximumConsecutiveFailures = 20
    /// Draws the jitter of waiting times.
    public var seed: UInt64 = 0

    /// The defaults; those of the paper where it has any.
    public init() {}

    /// The defaults with changes.
    ///
    /// ```swift
    /// let configuration = PreferenceLabeler.Configuration { $0.votes = .unanimous }
    /// ```
    public init(_ change: (inout Configuration) throws -> Void) rethrows {
      self.init()
      try change(&self)
    }
  }
}

/// One request of a plan: a comparison, a judge and an order.
struct LabelingUnit: Sendable {
  let comparison: Comparison
  let judge: PairwiseJudge
  let order: PresentationOrder

  var request: CompletionRequest { judge.request(for: comparison, order: order) }

  /// How long the reply will probably be, as long as no reply is known.
  var likelyReplyTokens: Int { judge.sampling.likelyTokens(for: judge.prompts.prompt(for: comparison.pair)) }

  var origin: RequestOrigin {
    RequestOrigin(
      sample: comparison.pair.id, category: comparison.category, capability: comparison.capability, order: order,
      template: judge.prompts.prompt(for: comparison.pair).version)
  }
}

extension PreferenceLabeler {
  /// How many requests a plan has.
  func unitCount(_ plan: ComparisonPlan) -> Int { plan.comparisons.count * judges.count * 2 }

  /// The requests in order: both orders of a comparison are neighbors, so that a run that ends early leaves few halves.
  func unit(_ index: Int, of plan: ComparisonPlan) -> LabelingUnit {
    let (comparison, rest) = index.quotientAndRemainder(dividingBy: judges.count * 2)
    return unit(comparison * 2 + rest % 2, judge: rest / 2, of: plan)
  }

  /// The requests to one judge in order.
  func unit(_ index: Int, judge: Int, of plan: ComparisonPlan) -> LabelingUnit {
    LabelingUnit(
      comparison: plan.comparisons[index / 2], judge: judges[judge], order: index % 2 == 0 ? .forward : .reversed)
  }
}
