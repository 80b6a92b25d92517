internal import RelayCommands

/// The program: hands the command line to `RelayCommands` and ends with its exit code.
@main
enum WebhookSidecar {
  static func main() {
    Program.main()
  }
}
