internal import RelayCore

extension MetricsText {
  static func appendQuarantine(_ standings: [QuarantineBook.Standing], _ text: inout String) {
    let gauges: [(String, String, (QuarantineBook.Standing) -> Int)] = [
      ("quarantine_deliveries", "Deliveries kept apart that did not verify", { $0.deliveries }),
      ("quarantine_bytes", "Bytes that they take", { $0.bytes }),
      ("quarantine_bytes_max", "Bytes that they may take", { $0.bytesMax }),
    ]
    for (name, help, value) in gauges {
      family(name, "gauge", help, &text)
      for standing in standings {
        sample(name, [("source", standing.source)], "\(value(standing))", &text)
      }
    }
    let counters: [(String, String, (QuarantineBook.Tally) -> UInt64)] = [
      ("quarantine_kept_total", "Deliveries that were kept apart", { $0.kept }),
      ("quarantine_released_total", "Deliveries that verified later", { $0.released }),
      ("quarantine_expired_total", "Deliveries whose time was over", { $0.expired }),
    ]
    for (name, help, value) in counters {
      family(name, "counter", help, &text)
      for standing in standings {
        sample(name, [("source", standing.source)], "\(value(standing.tally))", &text)
      }
    }
    let overflow = "quarantine_overflow_total"
    family(overflow, "counter", "Deliveries that were not kept, by reason", &text)
    for standing in standings {
      for reason in QuarantineQuota.Overflow.allCases {
        let labels = [("source", standing.source), ("reason", reason.rawValue)]
        sample(overflow, labels, "\(standing.tally.overflow[reason] ?? 0)", &text)
      }
    }
  }
}
