/// Sentences that fit anywhere and say nothing.
enum Filler {
  /// Different ones, as far as there are so many, in an order by chance.
  static func sentences(
    _ count: Int, _ language: PerturbationLanguage, using generator: inout some RandomNumberGenerator
  ) -> [String] {
    Array((language == .english ? english : chinese).shuffled(using: &generator).prefix(count))
  }

  private static let english = [
    "It is important to note that there are many aspects to this.",
    "As is well known, this is a topic that can be discussed at length.",
    "There are, of course, a number of things that could be said here.",
    "This is something that people talk about in many different ways.",
    "In general, it can be said that things depend on various factors.",
    "With that being said, it is worth keeping everything in mind.",
    "At the end of the day, this is what it is all about.",
    "It goes without saying that this is the case for a number of reasons.",
    "One might say that this is both simple and complex at the same time.",
    "Needless to say, there is always more than one side to such things.",
    "All things considered, this is certainly something to consider.",
    "As mentioned, this has to be seen in its proper context.",
    "In today's world, such matters play a certain role.",
    "This should always be viewed from a number of different angles.",
    "When it comes to this, one thing often leads to another.",
    "To put it another way, the point stands as it stands.",
    "It should also be mentioned that this has been mentioned before.",
    "For what it is worth, the above applies in the way described above.",
    "In this respect, the situation is what one would generally expect.",
    "Basically, what matters here is the matter at hand.",
  ]
  private static let chinese = [
    "需要指出的是，这个问题涉及很多方面。", "众所周知，这是一个可以从多个角度来谈的话题。", "当然，在这方面可以说的东西有很多。",
    "总的来说，具体情况要具体分析。", "换句话说，事情就是这样的一种情况。", "不言而喻，这一点是由多种因素决定的。",
    "从某种意义上讲，这既简单又复杂。", "在当今社会，这类事情有着一定的意义。", "归根结底，说到底还是这么一回事。",
    "正如上面所说，这一点前面已经说过了。", "值得一提的是，这一点也是值得一提的。", "综合来看，这些都是需要综合考虑的。",
    "关于这一点，不同的人有不同的说法。", "毫无疑问，这件事有它自己的道理。", "总之，方方面面都应当加以注意。",
    "可以说，这在一定程度上说明了一定的问题。", "就这个方面而言，情况大致就是如此。", "应当看到，事物总是有它的两面性。",
  ]
}
