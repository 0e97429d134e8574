import ArgumentParser

/// Whether what is there may be replaced.
struct ReplaceOption: ParsableArguments {
  @Flag(name: .customLong("replace"), help: "Replace what is there already and is not this run's own.")
  var replaces = false
}
