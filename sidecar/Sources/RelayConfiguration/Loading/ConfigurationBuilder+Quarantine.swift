internal import WebhookReceiver

extension ConfigurationBuilder {
  /// Nil where what does not verify is not kept.
  mutating func quarantineBytes(_ verify: CheckedSection, _ profile: Profile) -> Int? {
    guard verify.text("on_failure") == "quarantine" else {
      if let place = verify.values["quarantine_bytes"], verify.written.contains("quarantine_bytes")
      {
        problems.add(
          place.position,
          place.path,
          "nothing is kept apart, and needs no room",
          "write on_failure: \"quarantine\" beside it, or remove it"
        )
      }
      return nil
    }
    if !profile.secretHeaders.isEmpty, let place = verify.values["on_failure"] {
      // To be verified again it would have to be kept, and may be the right one of tomorrow.
      problems.add(
        place.position,
        place.path,
        "\(profile.title) sends its secret with each delivery, and a secret is not kept",
        "write \"reject\""
      )
    }
    return verify.integer("quarantine_bytes").map { Int($0) } ?? Limit.quarantineBytesDefault
  }
}
