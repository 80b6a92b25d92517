import RelaySystem
import Testing

@Suite("Programs of the operator") struct SubprocessTests {
  private func shell(
    _ script: String,
    environment: Subprocess.Environment = .inherited,
    input: [UInt8] = [],
    outputBytesMax: Int = 64 << 10,
    timeoutMilliseconds: Int64 = 20_000
  ) -> Subprocess.Outcome {
    Subprocess(
      ["/bin/sh", "-c", script],
      environment: environment,
      input: input,
      outputBytesMax: outputBytesMax,
      timeoutMilliseconds: timeoutMilliseconds
    ).run()
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func `a program's output, complaint and exit status come back`() {
    let outcome = shell("echo out; echo err >&2; exit 3")
    #expect(outcome.end == .exited(3))
    #expect(text(outcome.output) == "out\n")
    #expect(text(outcome.errorOutput) == "err\n")
    #expect(!outcome.isSuccess)
    #expect(shell("kill -9 $$").end == .signalled(9))
  }

  @Test func `arguments reach the program as they are, and no shell reads them`() {
    let arguments = ["printf", "%s|", "a b", "$HOME", "`id`", "", "*", "\u{e9}"]
    let outcome = Subprocess(arguments).run()
    #expect(text(outcome.output) == "a b|$HOME|`id`||*|\u{e9}|")
  }

  @Test func `the environment is given or inherited`() {
    #expect(
      text(shell("/usr/bin/env", environment: .only(["A=b c", "D="])).output.sorted())
        .contains("A")
    )
    #expect(text(shell("echo $A-$HOME", environment: .only(["A=b c"])).output) == "b c-\n")
    #expect(text(shell("echo ${PATH:+there}").output) == "there\n")
  }

  @Test func `input is read, or not, and ends`() {
    let large = [UInt8](repeating: 0x78, count: 300_000)
    #expect(text(shell("wc -c", input: large).output).contains("300000"))
    #expect(text(shell("cat", input: Array("in".utf8)).output) == "in")
    #expect(text(shell("cat; echo end").output) == "end\n")
    // A reader that goes away early is no error of ours, and no signal either.
    #expect(shell("exec 0<&-; echo ok", input: large).isSuccess)
  }

  @Test func `output beyond its bound ends the program`() {
    let outcome = shell("while :; do echo 0123456789; done", outputBytesMax: 10_000)
    #expect(outcome.end == .outputTooLarge)
    #expect(outcome.output.count == 10_000)
    #expect(shell("printf 12345", outputBytesMax: 5).isSuccess)
    let loud = shell("i=0; while [ $i -lt 2000 ]; do echo 0123456789 >&2; i=$((i+1)); done")
    #expect(loud.isSuccess && loud.errorOutput.count <= 4096)
  }

  @Test func `a program that does not come to its end is killed with all that it started`() {
    let outcome = shell("sleep 1000 & echo $!; wait", timeoutMilliseconds: 300)
    #expect(outcome.end == .timedOut)
    let child = text(outcome.output).filter(\.isNumber)
    #expect(!child.isEmpty)
    // Killed, it is gone or waits to be reaped by its new parent.
    let state = shell("cut -d' ' -f3 /proc/\(child)/stat 2>/dev/null || echo gone")
    #expect(["gone\n", "Z\n", "X\n"].contains(text(state.output)), "\(text(state.output))")
  }

  @Test func `failure 49: a child that keeps the pipe open does not hold up who waits`() {
    // The grandchild leaves the group and keeps standard output; its parent is done at once.
    let outcome = shell("setsid sleep 15 & echo done", timeoutMilliseconds: 10_000)
    #expect(outcome.end == .exited(0))
    #expect(text(outcome.output) == "done\n")
  }

  @Test func `a program gets no descriptors but its own three`() throws {
    let held = try Listener(try SocketAddress(parsing: "127.0.0.1:0"), reusePort: false)
    let outcome = shell("ls /proc/self/fd | wc -l")
    // 0, 1, 2 and the one of the listing itself.
    #expect(text(outcome.output).filter { $0.isNumber } == "4")
    #expect(held.rawValue >= 0)
  }

  @Test func `a program that is not there cannot be started`() {
    for arguments in [["/nowhere/at/all"], ["no-such-program-here"], [], ["a\0b"]] {
      guard case .notStarted = Subprocess(arguments).run().end else {
        Issue.record("\(arguments) ran")
        continue
      }
    }
  }
}
