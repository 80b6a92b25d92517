import WebhookReceiver

extension Profile {
  /// The same scheme with another key encoding or digest, to test parts that no built-in one uses.
  func with(key: KeyRule? = nil, digest: Digest? = nil) -> Profile {
    Profile(
      id: id,
      title: title,
      digest: digest ?? self.digest,
      key: key ?? self.key,
      signature: signature,
      timestamp: timestamp,
      message: message,
      idPlaces: idPlaces,
      typePlaces: typePlaces,
      sampleType: sampleType,
      identity: identity,
      retryHorizon: retryHorizon,
      deduplicationWindow: deduplicationWindow,
      reply: reply,
      secretHeaders: secretHeaders,
      unsignedTypes: unsignedTypes,
      senders: senders,
      references: references
    )
  }
}
