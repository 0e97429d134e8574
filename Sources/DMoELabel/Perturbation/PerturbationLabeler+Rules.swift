extension PerturbationLabeler {
  /// The rules of the library.
  ///
  /// Each is documented by its `summary`; `dmoerm label --list-rules` prints them with their points.
  public static let allRules: [any PerturbationRule] = [
    SentencesShuffled(), SentenceContradicted(), ReasonsCut(), NumbersChanged(), NamesChanged(), NegationFlipped(),
    OpinionAdded(), OtherResponse(), AnswerRefused(), ConstraintDropped(), DetailsCut(), RepetitionAdded(),
    PaddingAdded(), WordingDulled(), SpellingBroken(), LayoutBroken(), PersonaBroken(), VoiceFlattened(),
    AcquaintanceForgotten(), EmpathyRemoved(), QuestionDropped(), RefusalReversed(),
  ]
}
