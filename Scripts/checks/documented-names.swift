// What code blocks of pages and doc comments may use without saying where it comes from: a reader knows by the name.
// Scripts/checks/documented-code compiles the blocks against these; nothing here ever runs.
import DMoEExperiment
import DMoELabel
import DMoEPolicy
import DMoERM
import Foundation

public func standIn<Value>() -> Value { preconditionFailure("documented code is compiled and never run") }

// MARK: Files
public var backboneURL: URL { standIn() }
public var bundleURL: URL { standIn() }
public var runFolder: URL { standIn() }
public var folder: URL { standIn() }
public var journalURL: URL { standIn() }
public var url: URL { standIn() }

// MARK: Several processes
public var ranks: any Communicator { standIn() }

// MARK: Scoring
public var backbone: Backbone { standIn() }
public var model: RewardModel { standIn() }
public var first: RewardModel { standIn() }
public var second: RewardModel { standIn() }
public var third: RewardModel { standIn() }
public var conversation: Conversation { standIn() }
public var response: String { standIn() }
public var responses: [String] { standIn() }
public var a: String { standIn() }
public var b: String { standIn() }

// MARK: Writing
public var policy: LanguageModel { standIn() }

// MARK: Preferences
public var taxonomy: Taxonomy { standIn() }
public var samples: [RankedResponses] { standIn() }
public var heldOut: [RankedResponses] { standIn() }
public var validation: [RankedResponses] { standIn() }
public var batches: [[RankedResponses]] { standIn() }
public var categorizedPrompts: [CategorizedPrompt] { standIn() }
public var trainingPrompts: [CategorizedPrompt] { standIn() }
public var heldOutPrompts: [CategorizedPrompt] { standIn() }
public var bestOfNPrompts: [BestOfNPrompt] { standIn() }
public var data: ExperimentData { standIn() }

// MARK: Labels
public var client: any LanguageModelClient { standIn() }
public var judge: PairwiseJudge { standIn() }
public var point: CapabilityPoint { standIn() }
public var plan: ComparisonPlan { standIn() }
public var journal: LabelJournal { standIn() }
public var labeler: PreferenceLabeler { standIn() }
public var prices: PriceTable { standIn() }
public var limit: Money { standIn() }
