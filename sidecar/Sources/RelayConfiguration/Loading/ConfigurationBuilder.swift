internal import WebhookReceiver

/// Makes a configuration of values that each have their shape, and reports what does not hold
/// between them.
struct ConfigurationBuilder {
  let environment: Environment
  var problems: ProblemList

  init(environment: Environment, problems: ProblemList) {
    self.environment = environment
    self.problems = problems
  }

  /// Looks at everything, whatever is wrong; nil as soon as something is.
  mutating func build(_ root: CheckedSection) -> Configuration? {
    let ingress = ingress(root)
    let api = api(root)
    checkListeners(root)
    let journal = journal(root)
    checkRecordSize(root)
    let destinations = destinations(root.sections("destinations") ?? [])
    checkHorizons(root)
    let sources = sources(root.sections("sources") ?? [])
    checkReferences(root)
    checkClientNames(root)
    let alarms = alarms(root.section("alarms"))
    guard problems.isEmpty, let ingress, let api, let journal, let data = root.text("data"),
      let log = log(root)
    else { return nil }
    return Configuration(
      ingress: ingress,
      api: api,
      data: data,
      journal: journal,
      sources: sources,
      destinations: destinations,
      alarms: alarms,
      log: log
    )
  }

  private mutating func ingress(_ root: CheckedSection) -> Configuration.Ingress? {
    let tls = listenerTLS(root.section("ingress"))
    guard let section = root.section("ingress"), let proxies = proxies(section),
      let sharesPorts = section.flag("reuse_port"),
      let limits = section.section("limits"),
      let connections = limits.integer("connections"),
      let headerBytes = limits.integer("header_bytes"),
      let bodyBytes = limits.integer("body_bytes"),
      let headerTimeout = limits.duration("header_timeout"),
      let bodyTimeout = limits.duration("body_timeout"),
      let idleTimeout = limits.duration("idle_timeout")
    else { return nil }
    return Configuration.Ingress(
      listen: addresses(section).map(\.address.description),
      sharesPorts: sharesPorts,
      tls: tls,
      proxies: proxies,
      limits: Configuration.Limits(
        connections: Int(connections),
        headerBytes: Int(headerBytes),
        bodyBytes: Int(bodyBytes),
        headerTimeout: headerTimeout,
        bodyTimeout: bodyTimeout,
        idleTimeout: idleTimeout
      )
    )
  }

  private mutating func api(_ root: CheckedSection) -> Configuration.API? {
    guard let section = root.section("api") else { return nil }
    return Configuration.API(
      listen: addresses(section).map(\.address.description),
      tls: listenerTLS(section),
      tokens: tokens(section.list("tokens") ?? [])
    )
  }

  private mutating func journal(_ root: CheckedSection) -> Configuration.JournalSettings? {
    guard let section = root.section("journal"),
      let segmentBytes = section.integer("segment_bytes"),
      let reserveBytes = section.integer("reserve_bytes"),
      let onDamage = section.word("on_damage", as: Configuration.JournalSettings.OnDamage.self),
      let recycles = section.flag("recycle"),
      let retention = section.section("retention"),
      let age = retention.duration("age"),
      let bytes = retention.integer("bytes"),
      let undelivered = retention.word(
        "undelivered",
        as: Configuration.JournalSettings.Undelivered.self
      )
    else { return nil }
    let least = segmentBytes * Limit.retentionSegments
    if bytes < least, let place = retention.values["bytes"] {
      problems.add(
        place.position,
        place.path,
        "\(ByteSize.text(bytes)) are less than \(Limit.retentionSegments) segments of "
          + ByteSize.text(segmentBytes),
        "write \(Self.sizeText(least, up: true)) or more, or smaller journal.segment_bytes"
      )
    }
    return Configuration.JournalSettings(
      segmentBytes: segmentBytes,
      reserveBytes: reserveBytes,
      onDamage: onDamage,
      recycles: recycles,
      retention: .init(age: age, bytes: bytes, undelivered: undelivered)
    )
  }

  private func log(_ root: CheckedSection) -> Configuration.LogSettings? {
    guard let section = root.section("log"),
      let format = section.word("format", as: LogFormat.self),
      let level = section.word("level", as: LogLevel.self),
      let access = section.flag("access")
    else { return nil }
    return Configuration.LogSettings(format: format, level: level, access: access)
  }

  /// A body, its head and what is drawn from that are one record, and a record is at most a
  /// quarter of its segment: otherwise bodies within the limit could never be accepted.
  private mutating func checkRecordSize(_ root: CheckedSection) {
    guard let limits = root.section("ingress")?.section("limits"),
      let journal = root.section("journal"),
      let body = limits.values["body_bytes"],
      let bodyBytes = limits.integer("body_bytes"),
      let headerBytes = limits.integer("header_bytes"),
      let segment = journal.values["segment_bytes"],
      let segmentBytes = journal.integer("segment_bytes")
    else { return }
    let other = headerBytes + Limit.recordOverheadBytes
    let bodyMax = Limit.bodyBytesMax(segmentBytes: segmentBytes, headerBytes: headerBytes)
    guard bodyBytes > bodyMax else { return }
    // Whoever wrote only one of the two is told where that is.
    let place = body.isWritten || !segment.isWritten ? body : segment
    let what = "bodies of \(ByteSize.text(bodyBytes))"
    let context = "\(what) do not fit a record of segments of \(ByteSize.text(segmentBytes))"
    let needed = (bodyBytes + other) * 4
    let wanted = (needed + Limit.blockBytes - 1) / Limit.blockBytes * Limit.blockBytes
    var choices: [String] = []
    if bodyMax >= 1 {
      choices.append("ingress.limits.body_bytes: \(Self.sizeText(bodyMax)) or less")
    }
    if bodyBytes + other <= Limit.recordBytes {
      choices.append("journal.segment_bytes: \(Self.sizeText(wanted, up: true)) or more")
    }
    if choices.isEmpty { choices.append("a larger journal.segment_bytes, smaller limits") }
    problems.add(place.position, place.path, context, "write \(choices.joined(separator: ", or "))")
  }

  /// A round number that satisfies the bound as well, where there is one near.
  private static func sizeText(_ bytes: Int64, up: Bool = false) -> String {
    for unit in [Int64(1) << 20, 1 << 10] where bytes >= unit {
      return "\"\(ByteSize.text((up ? (bytes + unit - 1) / unit : bytes / unit) * unit))\""
    }
    return String(bytes)
  }
}
