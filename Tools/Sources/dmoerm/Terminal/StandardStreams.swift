import Foundation

/// The three streams that every program starts with.
enum StandardStreams {
  /// Makes their failures errors that can be told of. Before anything is opened.
  static func prepare() {
    // A closed pipe is then an error of the write that met it, whatever the parent process had set.
    signal(SIGPIPE, SIG_IGN)
    // The same of a file that has grown to the limit of its size (ulimit -f).
    signal(SIGXFSZ, SIG_IGN)
    // A stream that the parent closed would be the first file that is opened here, and lines would go into that file.
    // What takes its place is opened the wrong way round, so that reading and writing fail as they would have.
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
