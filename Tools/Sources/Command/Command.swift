import dmoerm

@main
enum Command {
  static func main() async {
    Programs.prepare()
    await Programs.dmoerm()
  }
}
