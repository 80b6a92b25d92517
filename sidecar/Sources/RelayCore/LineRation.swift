internal import WebhookReceiver

/// How many lines of a log strangers may cause, a second at a time.
///
/// Three bounds, each for what the one before it leaves open: of an address, so that whoever floods
/// leaves the others their lines; of a source, so that a flood from many addresses leaves the other
/// sources theirs; and of all, so that the log's volume has an end.
package struct LineRation: Sendable {
  /// Enough to see what a sender does wrong.
  package static let addressLinesMax = 10
  /// Some senders at once, and not the whole of the ration.
  package static let sourceLinesMax = 20
  /// Lines of a few hundred bytes: a flood that goes on for a day writes some gigabytes, which a
  /// log volume has, and not hundreds of them.
  package static let linesMax = 100

  private var second: Int64 = .min
  private var lines = 0
  // No entry is made but with a line that is allowed, so both are as large as the ration.
  private var addresses: [String: Int] = [:]
  private var sources: [String: Int] = [:]
  /// Lines over the ration since the last `takeSuppressed`.
  private var suppressed = 0

  package init() {}

  /// Takes a line of the second, or counts it as suppressed.
  ///
  /// Nil stands for what is of no address, or of no source; those share one part.
  package mutating func take(
    address: String?,
    source: String?,
    atSecond now: Int64
  ) -> Bool {
    if now != second { begin(now) }
    let address = address.map { Self.network(of: $0) } ?? ""
    let source = source ?? ""
    guard lines < Self.linesMax,
      sources[source, default: 0] < Self.sourceLinesMax,
      addresses[address, default: 0] < Self.addressLinesMax
    else {
      suppressed += 1
      return false
    }
    lines += 1
    sources[source, default: 0] += 1
    addresses[address, default: 0] += 1
    return true
  }

  /// How many were suppressed since it was last asked: for the line that says so.
  package mutating func takeSuppressed() -> Int {
    defer { suppressed = 0 }
    return suppressed
  }

  private mutating func begin(_ now: Int64) {
    second = now
    lines = 0
    addresses.removeAll(keepingCapacity: true)
    sources.removeAll(keepingCapacity: true)
  }

  /// Bytes of an IPv6 address that name a network; behind them one host has as many as it likes.
  private static let networkBytes = 8

  package static func network(of address: String) -> String {
    guard let address = IPAddress(address) else { return address }
    // IPv4 inside IPv6 is IPv4 by now.
    return address.isV4
      ? address.description : Hex.encode(Array(address.bytes.prefix(networkBytes)))
  }
}
