internal import RelayCore
internal import WebhookReceiver

/// What must hold between the values of a poll section, and with its source.
extension ConfigurationBuilder {
  mutating func check(_ plan: PollPlan, _ section: CheckedSection) {
    for mistake in plan.mistakes {
      report(
        mistake.key,
        section,
        "it does not fit the rest of the section",
        mistake.message
      )
    }
    checkReach(plan, section)
    checkOrder(plan, section)
  }

  /// What a walk goes back over, and how often, against what the provider keeps.
  private mutating func checkReach(_ plan: PollPlan, _ section: CheckedSection) {
    let cadence = plan.cadence
    if let retention = cadence.retention {
      for (name, value) in [("overlap", cadence.overlap), ("settle", cadence.settle)]
      where value > retention {
        report(
          name,
          section,
          "the provider keeps nothing for so long: \(retention.configurationText)",
          "write less than retention"
        )
      }
    }
    if cadence.intervalMin > cadence.cap {
      report(
        "min_interval",
        section,
        "polls could never come as often as cap says",
        "write at most \"\(cadence.cap.configurationText)\""
      )
    }
    if plan.limits.request > plan.limits.walk {
      report(
        "limits.request",
        section,
        "one request may take longer than the walk that it belongs to",
        "write at most \"\(plan.limits.walk.configurationText)\""
      )
    }
    if let push = plan.preferPush, push > cadence.deliveryGrace {
      report(
        "prefer_push",
        section,
        "what is older than delivery_grace counts as lost, and would wait on",
        "write at most \"\(cadence.deliveryGrace.configurationText)\""
      )
    }
  }

  /// Lists that shift while they are read, and positions that cannot last.
  private mutating func checkOrder(_ plan: PollPlan, _ section: CheckedSection) {
    let order: PollPaging.ItemOrder?
    let isPersistent: Bool
    switch plan.paging {
    case .linkHeader(let paging): (order, isPersistent) = (paging.order, paging.isPersistent)
    case .nextURL(let paging): (order, isPersistent) = (paging.order, paging.isPersistent)
    case .token(let paging): (order, isPersistent) = (paging.order, paging.isPersistent)
    case .none, .idCursor, .pageNumber, .offset, .timeAdvance: (order, isPersistent) = (nil, false)
    }
    if isPersistent, let order, order != .oldestFirst {
      report(
        "paging.order",
        section,
        "a position that lasts leads from old to new",
        "write order: \"oldest_first\", or persistent: false"
      )
    }
    switch plan.paging {
    case .pageNumber, .offset:
      if plan.time != nil, plan.cadence.overlap == .zero {
        report(
          "overlap",
          section,
          "pages shift while they are read, and what slips between two is read again only so",
          "write \"5m\", say"
        )
      }
    default: break
    }
  }

  /// Known providers answer nobody who does not say who they are.
  mutating func checkAuthIsGiven(_ plan: PollPlan, _ section: CheckedSection) {
    guard case .none = plan.request.auth, let place = section.values["preset"],
      let preset = plan.preset.flatMap(PollPreset.named),
      !section.written.contains("auth"),
      section.section("request")?.written.contains("auth") != true
    else { return }
    problems.add(
      place.position,
      "\(section.path).auth",
      "\(preset.title) are not to be had without it",
      "write auth: \(preset.authExample) beside it"
    )
  }

  /// A delivery and what is polled are one event by their id alone (contract §4.1): a source that
  /// reads another id would see everything twice.
  mutating func checkPushID(
    _ poll: Source.Poll,
    _ profile: Profile,
    _ source: CheckedSection
  ) {
    guard let preset = poll.plan.preset.flatMap(PollPreset.named),
      let place = source.section("poll")?.values["preset"]
    else { return }
    if let pushID = preset.pushID, !profile.idPlaces.isEmpty,
      profile.idPlaces.first?.description != pushID
    {
      problems.add(
        place.position,
        place.path,
        "its events have the id that a delivery has at \(pushID), and the source reads "
          + "\(profile.idPlaces.map(\.description).joined(separator: ", ")): each would come twice",
        "write idempotency: { id: [\"\(pushID)\"] } in the source"
      )
    }
    if !preset.profiles.contains(profile.id), Profile.named(profile.id) != nil {
      problems.warn(
        place,
        "it fetches deliveries of \(preset.profiles.joined(separator: ", ")), and the source's are "
          + "of \(profile.id)",
        "check that both have the same id, or every event comes twice"
      )
    }
  }

  /// How long keys must be kept so that no walk brings an event a second time (rule R9).
  static func reach(_ plan: PollPlan) -> Duration? {
    plan.cadence.retention.map { $0 + plan.cadence.overlap }
  }

  private mutating func report(
    _ key: String,
    _ section: CheckedSection,
    _ message: String,
    _ suggestion: String
  ) {
    problems.add(
      Self.position(of: key, in: section),
      "\(section.path).\(key)",
      message,
      suggestion
    )
  }

  /// Where a key below the section stands, or where it would.
  private static func position(of key: String, in section: CheckedSection) -> Position {
    var section = section
    var position = section.position
    for name in key.split(separator: ".").map(String.init) {
      guard let value = section.values[name] else { break }
      position = value.position
      guard case .section(let inner) = value.value else { break }
      section = inner
    }
    return position
  }
}
