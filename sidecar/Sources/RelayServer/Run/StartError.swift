/// Why the sidecar did not start, and with which code it ends.
package struct StartError: Error {
  let lines: [String]
  /// What to do, where it is a start that failed.
  var advice: String?
  let exitCode: Int32

  init(_ line: String, exitCode: Int32) {
    lines = [line]
    self.exitCode = exitCode
  }

  init(lines: [String], advice: String? = nil, exitCode: Int32) {
    self.lines = lines
    self.advice = advice
    self.exitCode = exitCode
  }
}
