/// Why the sidecar did not start, and with which code it ends.
struct StartError: Error {
  let lines: [String]
  let exitCode: Int32

  init(_ line: String, exitCode: Int32) {
    lines = [line]
    self.exitCode = exitCode
  }

  init(lines: [String], exitCode: Int32) {
    self.lines = lines
    self.exitCode = exitCode
  }
}
