package import RelayCore
package import WebhookReceiver

/// A local service that events are relayed to: the plan, and the secrets that it only refers to.
package struct Destination: Sendable {
  package var plan: DestinationPlan
  /// Sign the hop; as many as the plan has references, in their order.
  package var secrets: [Secret]
  /// SHA-256 of what the files of `plan.tls` held, in the order of their keys; empty for none.
  package var tlsDigests: [[UInt8]]

  package init(plan: DestinationPlan, secrets: [Secret], tlsDigests: [[UInt8]] = []) {
    self.plan = plan
    self.secrets = secrets
    self.tlsDigests = tlsDigests
  }
}

extension DestinationPlan {
  /// The members of the destination's object in a configuration, every default filled in.
  func write(to writer: inout JSONWriter) {
    writer.texts("urls", urls.map(\.description))
    writer.text("timeout", timeout.configurationText)
    writer.key("concurrency")
    writer.int(concurrency)
    writer.text("ordering", ordering.text)
    writer.key("retry")
    writer.object {
      $0.texts("schedule", retry.delays.map(\.configurationText))
      $0.key("jitter")
      $0.rawNumber(shareText(retry.jitter))
      $0.text("horizon", retry.horizon.configurationText)
    }
    writer.key("breaker")
    writer.object {
      $0.key("failures")
      $0.int(breaker.failures)
      $0.text("window", breaker.window.configurationText)
      $0.text("cooldown", breaker.cooldown.configurationText)
    }
    writer.texts("secrets", secretReferences)
    writer.key("headers")
    writer.object { writer in
      for header in headers { writer.text(header.name, header.value) }
    }
    writer.key("tls")
    writer.object {
      if let path = tls.authorities { $0.text("ca", path) }
      if let path = tls.certificate { $0.text("certificate", path) }
      if let path = tls.privateKey { $0.text("private_key", path) }
    }
    writer.key("filter")
    writer.object { $0.texts("types", filter.types) }
    writer.text("format", format.rawValue)
    writer.text("on_remove", onRemove.rawValue)
    guard let health else { return }
    writer.key("health")
    writer.object {
      $0.text("path", health.target)
      $0.text("interval", health.interval.configurationText)
    }
  }
}
