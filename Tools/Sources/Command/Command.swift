import dmoerm

@main
enum Command {
  static func main() async { await Programs.dmoerm() }
}
