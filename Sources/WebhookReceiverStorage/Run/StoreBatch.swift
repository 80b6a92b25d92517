internal import WebhookReceiver

extension StoreState {
  /// A key whose result has yet to become durable.
  struct Completion: Sendable {
    let token: ClaimToken
    let result: [UInt8]
    let waiter: Waiter
  }

  /// What the writer is to write in one go.
  package struct Batch: Sendable {
    var completions: [Completion] = []
    /// A mark, which ends the batch.
    var fenceBound: UInt64?
    package var time: StoreTime
    /// Nothing comes after it.
    package var isLast = false

    package var records: [KeyRecord] {
      var records = completions.map { completion in
        KeyRecord(
          content: .done(completion.token.key, result: completion.result),
          fence: completion.token.fence,
          time: time
        )
      }
      if let fenceBound {
        records.append(KeyRecord(content: .mark, fence: fenceBound, time: time))
      }
      return records
    }
  }
}

/// Sizes that only tests and measurements change.
package struct Tuning: Sendable {
  /// Fences that one mark allows: a store that is used a thousand times a second writes a mark
  /// every four seconds.
  package var fenceStep: UInt64 = 8192
  /// A batch that is as long is full: bounds the memory that a write takes.
  package var batchBytesMax = 4 << 20
  /// A shorter file is not worth being made anew.
  package var fileBytesMin = 1 << 20

  package init() {}
}
