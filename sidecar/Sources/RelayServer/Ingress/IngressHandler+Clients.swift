internal import RelayConfiguration
internal import RelayHTTP

/// Sources that take deliveries only from clients whose certificate has a certain name.
extension IngressHandler {
  func refusal(of head: RequestHead, fromClient names: [String]) -> Response? {
    // A path that is nobody's is judged with the others.
    guard let runtime = table.find(head), !runtime.clientNames.isEmpty,
      runtime.clientNames.isDisjoint(with: names)
    else { return nil }
    runtime.counters.refuse(.clientCertificate)
    log.network(
      .warning,
      "client_refused",
      [
        "source": .text(runtime.source.name),
        // Of a certificate that an authority of client_ca has signed: no stranger's words.
        "names": .text(names.joined(separator: " ")),
      ]
    )
    return Self.clientRefused.about(runtime, .clientCertificate)
  }

  private static let clientRefused =
    HTTPProblem(
      403,
      "client-refused",
      "this source takes deliveries only from clients whose certificate has one of its client_names"
    )
    .response
}
