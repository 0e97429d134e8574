/// How the command ends; the numbers are those of sysexits(3) where it has one.
enum ExitStatus: Int32, Codable {
  case success = 0
  /// Something went wrong at run time.
  case failure = 1
  /// The command line, or a configuration, is wrong (EX_USAGE).
  case usage = 64
  /// An input file is missing, broken or not of its format (EX_DATAERR).
  case badInput = 65
  /// Not everything that was asked for could be done; the same command goes on (EX_TEMPFAIL).
  case incomplete = 75
  /// Ctrl-C, as shells report it.
  case interrupted = 130
  /// Who read the output has closed it, as shells report a program that SIGPIPE ended.
  case closedPipe = 141

  static let help = """
    Exit status: 0 done; 1 failed while running; 64 wrong command line or configuration; 65 an input is missing, \
    broken or not of its format; 75 not everything was done and the same command goes on; 130 interrupted; 141 the reader \
    of the output closed it.
    """
}
