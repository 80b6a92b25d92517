internal import CRelayLinux
internal import Glibc

/// The three pipes to a program, and what goes through them.
final class SubprocessPipes {
  private final class Holder {
    let descriptor: Descriptor
    init(_ rawValue: Int32) { descriptor = Descriptor(owning: rawValue) }
    var rawValue: Int32 { descriptor.rawValue }
  }

  private enum Token {
    static let input: UInt64 = 1
    static let output: UInt64 = 2
    static let error: UInt64 = 3
    static let end: UInt64 = 4
  }

  private var ours: (input: Holder?, output: Holder?, error: Holder?)
  private var others: [Holder]
  private var written = 0
  private var piece = [UInt8](repeating: 0, count: 16 << 10)
  private(set) var output: [UInt8] = []
  private(set) var errorOutput: [UInt8] = []

  init() throws(SystemError) {
    let input = try Self.pipe(own: 1)
    let output = try Self.pipe(own: 0)
    let error = try Self.pipe(own: 0)
    ours = (input.write, output.read, error.read)
    others = [input.read, output.write, error.write]
  }

  private static func pipe(own: Int32) throws(SystemError) -> (read: Holder, write: Holder) {
    var ends: [Int32] = [-1, -1]
    var span = ends.mutableSpan
    try checked("pipe", relay_pipe(&span, own))
    return (read: Holder(ends[0]), write: Holder(ends[1]))
  }

  /// The program's ends, until they are closed here.
  var theirs: (input: Int32, output: Int32, error: Int32) {
    (others[0].rawValue, others[1].rawValue, others[2].rawValue)
  }

  /// Once the program has them: its end of a pipe must be the only one.
  func closeTheirs() { others = [] }

  /// Writes, reads and waits until the program has ended; nil then, and what stopped it otherwise.
  func exchange(
    with pid: Int32,
    input: [UInt8],
    outputBytesMax: Int,
    errorBytesMax: Int,
    deadline: Int64
  ) -> Subprocess.End? {
    do throws(SystemError) {
      var poller = try Poller()
      let watch = Holder(try checked("pidfd_open", relay_process_watch(pid)))
      try poller.add(watch.rawValue, .readable, token: Token.end)
      if let output = ours.output {
        try poller.add(output.rawValue, .readable, token: Token.output)
      }
      if let error = ours.error { try poller.add(error.rawValue, .readable, token: Token.error) }
      if let input = ours.input { try poller.add(input.rawValue, .writable, token: Token.input) }
      var events: [PollEvent] = []
      while true {
        let left = deadline - SystemClock.monotonicNanoseconds()
        guard left > 0 else { return .timedOut }
        let milliseconds = Int32(min((left + 999_999) / 1_000_000, 60_000))
        try poller.wait(timeoutMilliseconds: milliseconds, into: &events)
        let hasEnded = events.contains { $0.token == Token.end }
        for event in events where event.token == Token.input { write(input) }
        try read(errorBytesMax: errorBytesMax)
        guard try read(outputBytesMax: outputBytesMax) else {
          return .outputTooLarge
        }
        if hasEnded { return nil }
      }
    } catch {
      return .notStarted(error)
    }
  }

  /// A program that does not want all of its input closes it.
  private func write(_ input: [UInt8]) {
    guard let holder = ours.input else { return }
    while written < input.count {
      let rest = input.span.extracting(written..<input.count)
      let count = relay_write_some(holder.rawValue, rest)
      if count == -Int(EAGAIN) { return }
      guard count > 0 else { break }
      written += count
    }
    // The end of its input.
    ours.input = nil
  }

  /// Takes what is there; false when that is too much.
  ///
  /// What a program left in the pipe when it
  /// ended is there to its last byte, whoever else still holds the pipe.
  private func read(outputBytesMax: Int) throws(SystemError) -> Bool {
    while let count = try readPiece(ours.output) {
      guard count > 0 else {
        ours.output = nil
        return true
      }
      guard output.count + count <= outputBytesMax else {
        output += piece[..<(outputBytesMax - output.count)]
        return false
      }
      output += piece[..<count]
    }
    return true
  }

  private func read(errorBytesMax: Int) throws(SystemError) {
    // Bounded, so that a program that only complains does not keep the deadline from being seen.
    for _ in 0..<16 {
      guard let count = try readPiece(ours.error) else { return }
      guard count > 0 else {
        ours.error = nil
        return
      }
      errorOutput += piece[..<min(count, errorBytesMax - errorOutput.count)]
    }
  }

  private func readPiece(_ holder: Holder?) throws(SystemError) -> Int? {
    guard let holder else { return nil }
    let count = Self.read(holder.rawValue, &piece)
    if count == -Int(EAGAIN) { return nil }
    guard count >= 0 else { throw SystemError("read from a program", Int32(-count)) }
    return count
  }

  private static func read(_ descriptor: Int32, _ piece: inout [UInt8]) -> Int {
    var span = piece.mutableSpan
    return relay_read_some(descriptor, &span)
  }
}
