internal import Foundation
internal import WebhookReceiver

/// The JSON of work queues, in both directions.
extension RelayDecoding {
  static func leaseBody(limit: Int, lease: Duration, wait: Duration) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("limit")
    writer.int(limit)
    write("lease", lease, to: &writer)
    write("wait", wait, to: &writer)
    writer.endObject()
    return writer.bytes
  }

  static func settleBody(_ ids: [String], _ time: (key: String, value: Duration)?) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("lease_ids")
    writer.beginArray()
    for id in ids { writer.string(id) }
    writer.endArray()
    if let time { write(time.key, time.value, to: &writer) }
    writer.endObject()
    return writer.bytes
  }

  private static func write(_ key: String, _ duration: Duration, to writer: inout JSONWriter) {
    writer.key(key)
    writer.string("\(duration.wholeMilliseconds)ms")
  }

  static func leases(_ bytes: [UInt8]) throws(RelayClientError) -> [RelayWork] {
    let body: LeasesBody
    do {
      body = try decoder.decode(LeasesBody.self, from: Data(bytes))
    } catch {
      throw .malformedAnswer("the leases \(place(of: error))")
    }
    var work: [RelayWork] = []
    for item in body.data {
      switch item {
      case .gap(let gap):
        work.append(.gap(RelayGap(from: gap.from, to: gap.to, reason: gap.reason)))
      case .present(let lease):
        guard let end = Timestamp(rfc3339: lease.expiresAt) else {
          throw .malformedAnswer("expires_at of the lease of event \(lease.event.id)")
        }
        let event = try event(lease.event)
        work.append(
          .lease(
            RelayLease(id: lease.leaseId, expiresAt: end, attempt: lease.attempt, event: event)
          )
        )
      }
    }
    return work
  }

  static func settlements(_ bytes: [UInt8]) throws(RelayClientError) -> [RelaySettlement] {
    let body: SettlementsBody
    do {
      body = try decoder.decode(SettlementsBody.self, from: Data(bytes))
    } catch {
      throw .malformedAnswer("the answer per lease \(place(of: error))")
    }
    var settlements: [RelaySettlement] = []
    for item in body.data {
      guard let result = RelaySettlement.Result(rawValue: item.result) else {
        throw .malformedAnswer("the result of a lease")
      }
      settlements.append(
        RelaySettlement(
          leaseID: item.leaseId,
          result: result,
          expiresAt: item.expiresAt.flatMap { Timestamp(rfc3339: $0) }
        )
      )
    }
    return settlements
  }
}

// The members of the API's JSON; the decoder turns their snake case into ours.

private struct LeaseBody: Decodable {
  let leaseId: String
  let expiresAt: String
  let attempt: Int
  let event: EventBody
}

private struct LeasesBody: Decodable {
  let data: [ListedBody<LeaseBody>]
}

private struct SettlementsBody: Decodable {
  struct Item: Decodable {
    let leaseId: String
    let result: String
    let expiresAt: String?
  }

  let data: [Item]
}
