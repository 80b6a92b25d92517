internal import WebhookReceiver

/// How a destination is remembered after it has left the configuration: as JSON with one order of
/// members, with references to secrets and never a secret itself.
extension DestinationPlan {
  /// Stands for a secret that was written into the configuration itself.
  package static let secretNotKept = "literal:"

  private static let version = 1

  package func encode() -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("version")
    writer.int(Self.version)
    writer.key("name")
    writer.string(name)
    Self.write("urls", urls.map(\.storedText), &writer)
    Self.write("timeout_ms", timeout, &writer)
    writer.key("concurrency")
    writer.int(concurrency)
    writer.key("ordering")
    writer.string(ordering.text)
    Self.write("delays_ms", retry.delays, &writer)
    writer.key("jitter_ppm")
    writer.int(Int((retry.jitter * 1_000_000).rounded()))
    Self.write("horizon_ms", retry.horizon, &writer)
    writer.key("failures")
    writer.int(breaker.failures)
    Self.write("window_ms", breaker.window, &writer)
    Self.write("cooldown_ms", breaker.cooldown, &writer)
    Self.write("secrets", secretReferences.map(Self.kept), &writer)
    Self.write("headers", headers.flatMap { [$0.name, $0.value] }, &writer)
    let files = [tls.authorities, tls.certificate, tls.privateKey]
    Self.write("tls", files.map { $0 ?? "" }, &writer)
    Self.write("types", filter.types, &writer)
    writer.key("format")
    writer.string(format.rawValue)
    writer.key("on_remove")
    writer.string(onRemove.rawValue)
    if let health {
      writer.key("health")
      writer.string(health.target)
      Self.write("health_ms", health.interval, &writer)
    }
    writer.endObject()
    return writer.bytes
  }

  private static func kept(_ reference: String) -> String {
    reference.hasPrefix(secretNotKept) ? secretNotKept : reference
  }

  private static func write(_ key: String, _ texts: [String], _ writer: inout JSONWriter) {
    writer.key(key)
    writer.beginArray()
    for text in texts { writer.string(text) }
    writer.endArray()
  }

  private static func write(_ key: String, _ time: Duration, _ writer: inout JSONWriter) {
    writer.key(key)
    writer.int(time.wholeMilliseconds)
  }

  private static func write(_ key: String, _ times: [Duration], _ writer: inout JSONWriter) {
    writer.key(key)
    writer.beginArray()
    for time in times { writer.int(time.wholeMilliseconds) }
    writer.endArray()
  }

  // MARK: Reading

  /// Nil for bytes of another version of this software, or of none.
  package init?(decoding bytes: [UInt8]) {
    guard let value = try? JSONValue.parse(bytes), value["version"]?.int == Self.version,
      let name = value["name"]?.string, Self.isName(name),
      let texts = Self.texts(value["urls"]), (1...Self.urlsMax).contains(texts.count)
    else { return nil }
    let urls = texts.compactMap { OutboundURL($0) }
    guard urls.count == texts.count else { return nil }
    self.init(name: name, urls: urls)
    guard readTimes(value), readTexts(value) else { return nil }
  }

  private mutating func readTimes(_ value: JSONValue) -> Bool {
    guard let timeout = Self.time(value["timeout_ms"]), timeout > .zero,
      let concurrency = value["concurrency"]?.int, (1...Self.concurrencyMax).contains(concurrency),
      let delays = value["delays_ms"]?.array?.map({ Self.time($0) ?? .zero }),
      (1...RetrySchedule.delaysMax).contains(delays.count),
      delays.allSatisfy({ $0 >= RetrySchedule.delayMin }),
      let jitter = value["jitter_ppm"]?.int, (0...500_000).contains(jitter),
      let horizon = Self.time(value["horizon_ms"]),
      let failures = value["failures"]?.int,
      (1...CircuitBreaker.Settings.failuresMax).contains(failures),
      let window = Self.time(value["window_ms"]), window > .zero,
      let cooldown = Self.time(value["cooldown_ms"]), cooldown > .zero
    else { return false }
    self.timeout = timeout
    self.concurrency = concurrency
    retry = RetrySchedule(delays: delays, jitter: Double(jitter) / 1_000_000, horizon: horizon)
    breaker = CircuitBreaker.Settings(failures: failures, window: window, cooldown: cooldown)
    return true
  }

  private mutating func readTexts(_ value: JSONValue) -> Bool {
    guard let ordering = value["ordering"]?.string.flatMap(DeliveryOrdering.init),
      let secrets = Self.texts(value["secrets"]), let headers = Self.texts(value["headers"]),
      headers.count.isMultiple(of: 2),
      let files = Self.texts(value["tls"]), files.count == 3,
      let types = Self.texts(value["types"]),
      let format = value["format"]?.string.flatMap(DeliveryFormat.init(rawValue:)),
      let removal = value["on_remove"]?.string.flatMap(RemovalPolicy.init(rawValue:))
    else { return false }
    self.ordering = ordering
    secretReferences = secrets
    self.headers = stride(from: 0, to: headers.count, by: 2).map {
      RelayHeader(headers[$0], headers[$0 + 1])
    }
    let paths = files.map { $0.isEmpty ? nil : $0 }
    tls = DestinationTLS(authorities: paths[0], certificate: paths[1], privateKey: paths[2])
    filter = DeliveryFilter(types: types)
    self.format = format
    onRemove = removal
    guard let target = value["health"]?.string else { return true }
    guard target.hasPrefix("/"), let interval = Self.time(value["health_ms"]),
      interval >= HealthCheckSettings.intervalMin
    else { return false }
    health = HealthCheckSettings(target: target, interval: interval)
    return true
  }

  private static func texts(_ value: JSONValue?) -> [String]? {
    guard let items = value?.array else { return nil }
    let texts = items.compactMap(\.string)
    return texts.count == items.count ? texts : nil
  }

  private static func time(_ value: JSONValue?) -> Duration? {
    guard let number = value?.int, number >= 0 else { return nil }
    return .milliseconds(number)
  }
}

extension OutboundURL {
  /// The text that is read back as this URL.
  var storedText: String {
    if case .socket = origin.place, target != "/" { return "\(origin):\(target)" }
    return description
  }
}
