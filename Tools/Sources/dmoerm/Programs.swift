public import DMoERM

/// The programs that this module is; an executable does no more than call one.
public enum Programs {
  /// Looks after the standard streams. The first thing that a program does: whatever opens files before, such as the run loop of an
  /// asynchronous function, could get the place of a stream that the parent has closed.
  public static func prepare() { StandardStreams.prepare() }

  /// The command `dmoerm`. Ends the process unless all went well.
  package static func dmoerm() async { await DMoERMCommand.main() }

  /// The command `dmoerm-mpi`, as one of several ranks that were started together.
  ///
  /// - Parameter ranks: The ranks; they are still there when this returns.
  /// - Returns: the exit status. Where it is not 0, the first rank has said why.
  public static func dmoermMPI(over ranks: any Communicator) async -> Int32 { await RanksCommand.run(over: ranks) }
}
