internal import RelayCore
internal import WebhookReceiver

extension Configuration {
  /// The configuration as one JSON object, every default filled in.
  ///
  /// Secrets are the references that were written; a literal one is `literal:[redacted]`.
  package func show() -> [UInt8] {
    var writer = JSONWriter()
    writer.object {
      $0.key("ingress")
      $0.object { writeIngress(to: &$0) }
      $0.key("api")
      $0.object { writeAPI(to: &$0) }
      $0.text("data", data)
      $0.key("journal")
      $0.object {
        $0.text("segment_bytes", ByteSize.text(journal.segmentBytes))
        $0.text("reserve_bytes", ByteSize.text(journal.reserveBytes))
        $0.text("on_damage", journal.onDamage.rawValue)
        $0.key("recycle")
        $0.bool(journal.recycles)
        $0.key("retention")
        $0.object {
          $0.text("age", journal.retention.age.configurationText)
          $0.text("bytes", ByteSize.text(journal.retention.bytes))
          $0.text("undelivered", journal.retention.undelivered.rawValue)
        }
      }
      $0.key("sources")
      $0.object {
        for source in sources {
          $0.key(source.name)
          $0.object { source.write(to: &$0) }
        }
      }
      $0.key("destinations")
      $0.object {
        for destination in destinations {
          $0.key(destination.plan.name)
          $0.object { destination.plan.write(to: &$0) }
        }
      }
      if !alarms.isEmpty {
        $0.key("alarms")
        $0.object { writeAlarms(to: &$0) }
      }
      $0.key("log")
      $0.object {
        $0.text("format", log.format.rawValue)
        $0.text("level", log.level.rawValue)
        $0.key("access")
        $0.bool(log.access)
      }
    }
    return writer.bytes
  }

  /// Tells two configurations apart without saying anything about their secrets: a reload that
  /// changed nothing but the content of a secret keeps it.
  package var fingerprint: String {
    let bytesShown = 8
    return Hex.encode(Array(SHA256.digest(show()).prefix(bytesShown)))
  }

  private func writeAlarms(to writer: inout JSONWriter) {
    if let command = alarms.command { writer.texts("command", command) }
    if let url = alarms.url { writer.text("url", "\(url)") }
    writer.text("min_interval", alarms.intervalMin.configurationText)
  }

  private func writeIngress(to writer: inout JSONWriter) {
    let limits = ingress.limits
    writer.texts("listen", ingress.listen)
    ingress.tls?.write(to: &writer)
    writer.key("reuse_port")
    writer.bool(ingress.sharesPorts)
    writer.key("proxy_protocol")
    writer.bool(ingress.proxies.wantsHeader)
    writer.texts("trusted_proxies", ingress.proxies.words)
    writer.text("forwarded_header", ingress.proxies.header.rawValue)
    writer.key("limits")
    writer.object {
      $0.key("connections")
      $0.int(limits.connections)
      $0.text("header_bytes", ByteSize.text(Int64(limits.headerBytes)))
      $0.text("body_bytes", ByteSize.text(Int64(limits.bodyBytes)))
      $0.text("header_timeout", limits.headerTimeout.configurationText)
      $0.text("body_timeout", limits.bodyTimeout.configurationText)
      $0.text("idle_timeout", limits.idleTimeout.configurationText)
    }
  }

  private func writeAPI(to writer: inout JSONWriter) {
    writer.texts("listen", api.listen)
    api.tls?.write(to: &writer)
    writer.key("tokens")
    writer.beginArray()
    for token in api.tokens {
      writer.object {
        $0.text("name", token.name)
        $0.text("token", token.reference.description)
        $0.texts("scopes", token.scopes.map(\.description))
      }
    }
    writer.endArray()
  }
}

extension Source {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.text("path", path)
    writer.texts("aliases", aliases)
    writer.key("verify")
    writer.object {
      $0.text("profile", profileName)
      $0.texts("secrets", secretReferences.map(\.description))
      if let url { $0.text("url", url) }
      if !parameters.isEmpty {
        $0.key("parameters")
        $0.object { writer in
          for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
            writer.text(name, value)
          }
        }
      }
      if let tolerance { $0.text("tolerance", tolerance.configurationText) }
      if !clientNames.isEmpty { $0.texts("client_names", clientNames) }
      $0.text("on_failure", quarantineBytes == nil ? "reject" : "quarantine")
      if let quarantineBytes { $0.text("quarantine_bytes", ByteSize.text(Int64(quarantineBytes))) }
    }
    writer.texts("allow", allowBlocks)
    writer.texts("deny", denyBlocks)
    if !profile.handshakes.isEmpty {
      writer.key("handshake")
      writer.object {
        if let reference = handshake.verifyTokenReference {
          $0.text("verify_token", reference.description)
        }
        $0.texts("topics", handshake.options.topics)
        $0.texts("origins", handshake.options.allowedOrigins)
      }
    }
    if let rateLimit {
      writer.key("rate_limit")
      writer.object { Self.write(rateLimit, to: &$0) }
    }
    writer.key("idempotency")
    writer.object {
      if !profile.idPlaces.isEmpty { $0.texts("id", profile.idPlaces.map(\.description)) }
      $0.text("identity", identity.rawValue)
      $0.text("window", window.configurationText)
      $0.text("replay_guard", replayGuard.rawValue)
    }
    writer.key("reply")
    writer.object {
      $0.key("status")
      $0.int(reply.status)
      if let contentType = reply.contentType { $0.text("content_type", contentType) }
      $0.text("body", String(decoding: reply.body, as: UTF8.self))
    }
    writer.texts("destinations", destinations)
    if let poll {
      writer.key("poll")
      writer.object { poll.write(to: &$0) }
    }
  }
}

extension Source {
  private static func write(_ limit: RateLimit, to writer: inout JSONWriter) {
    if let requests = limit.requestsPerSecond {
      writer.key("requests_per_second")
      writer.int(requests)
      writer.key("burst")
      writer.int(limit.burst)
    }
    if let bytes = limit.bytesPerSecond {
      writer.text("bytes_per_second", ByteSize.text(Int64(bytes)))
    }
  }
}

extension JSONWriter {
  mutating func object(_ members: (inout JSONWriter) -> Void) {
    beginObject()
    members(&self)
    endObject()
  }

  mutating func text(_ name: String, _ text: String) {
    key(name)
    string(text)
  }

  mutating func texts(_ name: String, _ texts: [String]) {
    key(name)
    beginArray()
    for text in texts { string(text) }
    endArray()
  }
}
