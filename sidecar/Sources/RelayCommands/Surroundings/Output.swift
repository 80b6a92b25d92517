package import WebhookReceiver

/// Standard output of one command: collects, writes in pieces, and remembers a closed pipe.
package struct Output: ~Copyable {
  /// One write is at most a little more: large enough that a dump does not wait on calls.
  static let pieceBytes = 64 << 10

  private let surroundings: Surroundings
  private var pending: [UInt8] = []
  /// The reader is gone; commands that stream stop then.
  package private(set) var isClosed = false

  package init(_ surroundings: Surroundings) {
    self.surroundings = surroundings
  }

  package mutating func line(_ text: String) throws(CommandFailure) {
    try bytes(Array(text.utf8) + [0x0A])
  }

  package mutating func text(_ text: String) throws(CommandFailure) {
    try bytes(Array(text.utf8))
  }

  package mutating func bytes(_ bytes: [UInt8]) throws(CommandFailure) {
    guard !isClosed else { return }
    pending += bytes
    if pending.count >= Self.pieceBytes { try flush() }
  }

  /// One JSON value and the end of its line.
  package mutating func json(_ write: (inout JSONWriter) -> Void) throws(CommandFailure) {
    var writer = JSONWriter()
    write(&writer)
    try bytes(writer.bytes + [0x0A])
  }

  package mutating func flush() throws(CommandFailure) {
    guard !pending.isEmpty, !isClosed else { return }
    let outcome = surroundings.writeOutput(pending)
    pending.removeAll(keepingCapacity: true)
    switch outcome {
    case .written:
      break
    case .closed:
      isClosed = true
    case .failed(let reason):
      isClosed = true
      throw CommandFailure(.disk, "writing to standard output failed: \(reason)")
    }
  }
}
