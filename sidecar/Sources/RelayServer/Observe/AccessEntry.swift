package import RelayConfiguration
package import WebhookReceiver

/// What the access log says of one request.
///
/// Of what the client sent it holds the method and the path alone, cut to a bound: no query, no
/// header and no body, which may all be secrets.
package struct AccessEntry: Sendable {
  /// A longer path is cut; sources have shorter ones.
  package static let pathBytesMax = 256
  /// A name of DNS, with what a certificate may have around it.
  package static let nameBytesMax = 256

  /// A text of the client's own, cut to its bound: entries wait in memory.
  package static func cut(_ bytes: some Collection<UInt8>, to bytesMax: Int) -> String {
    String(decoding: bytes.prefix(bytesMax), as: UTF8.self) + (bytes.count > bytesMax ? "…" : "")
  }

  package var time: Timestamp
  package var surface: Metrics.Surface
  package var address: String
  /// Nil for a request whose head could not be read.
  package var method: String?
  package var path: String?
  /// Nil where the connection ended before there was an answer.
  package var status: Int?
  package var source: String?
  /// Why the answer is no: the label of `deliveries_refused_total`, or the problem's type.
  package var reason: String?
  /// The event that was stored, or that was there already.
  package var id: String?
  package var isDuplicate = false
  package var bytesIn: Int
  package var bytesOut: Int
  package var nanoseconds: Int64
  package var traceID: String?
  package var tls: String?
  package var clientName: String?
  /// Whether a stranger cannot cause lines like this one.
  package var isEarned = false

  package init(
    at time: Timestamp,
    _ surface: Metrics.Surface,
    address: String,
    bytesIn: Int,
    bytesOut: Int,
    nanoseconds: Int64
  ) {
    self.time = time
    self.surface = surface
    self.address = address
    self.bytesIn = bytesIn
    self.bytesOut = bytesOut
    self.nanoseconds = nanoseconds
  }

  package func line(_ format: LogFormat) -> [UInt8] {
    var fields: [(key: String, value: Log.Value)] = [
      ("surface", .text(surface.rawValue)), ("address", .text(address)),
    ]
    func add(_ name: String, _ text: String?) {
      if let text { fields.append((name, .text(text))) }
    }
    add("method", method)
    add("path", path)
    if let status { fields.append(("status", .number(status))) }
    add("source", source)
    add("reason", reason)
    add("id", id)
    if isDuplicate { fields.append(("duplicate", .flag(true))) }
    fields.append(("bytes_in", .number(bytesIn)))
    fields.append(("bytes_out", .number(bytesOut)))
    fields.append(("duration_us", .number(Int(nanoseconds / 1000))))
    add("trace_id", traceID)
    add("tls", tls)
    add("client_name", clientName)
    return LogLine(at: time, .info, "request", fields).bytes(format)
  }
}
