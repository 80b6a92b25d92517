/// TLS of listeners: the files must be there, fit each other, and be fit to serve.
extension ConfigurationBuilder {
  /// Where an identity is written.
  private struct Place {
    let certificate: Checked
    let privateKey: Checked
  }

  /// Nil where there is none, and where it is wrong, which is reported.
  mutating func listenerTLS(_ listener: CheckedSection?) -> ListenerTLS? {
    guard let tls = listener?.section("tls") else { return nil }
    let places = places(tls)
    var paths = ListenerTLS(identities: [], clientAuthorities: tls.text("client_ca"))
    var contents = ListenerTLSContents(identities: [])
    var isWhole = true
    for place in places {
      guard case .text(let certificate) = place.certificate.value,
        case .text(let key) = place.privateKey.value
      else { continue }
      paths.identities.append(.init(certificate: certificate, privateKey: key))
      warnOfPermissions(file: key, at: place.privateKey)
      if let certificate = bytes(of: place.certificate), let key = bytes(of: place.privateKey) {
        contents.identities.append(.init(certificate: certificate, privateKey: key))
      } else {
        isWhole = false
      }
    }
    let authorities = tls.values["client_ca"]
    if let authorities {
      contents.clientAuthorities = bytes(of: authorities)
      isWhole = isWhole && contents.clientAuthorities != nil
    }
    guard isWhole, !places.isEmpty else { return nil }
    report(environment.examineTLS(contents), places, authorities)
    return paths
  }

  /// The pairs that are written; what stands alone is reported.
  private mutating func places(_ tls: CheckedSection) -> [Place] {
    var isAlone = false
    for (name, other) in [("certificate", "private_key"), ("private_key", "certificate")] {
      guard let place = tls.values[name], !tls.written.contains(other) else { continue }
      isAlone = true
      problems.add(
        place.position,
        place.path,
        "a \(name) is of no use without its \(other)",
        "write \(other): \"/PATH.pem\" beside it"
      )
    }
    var sections = [tls]
    let list = tls.values["certificates"]?.value
    for element in tls.list("certificates") ?? [] {
      if case .section(let section) = element.value { sections.append(section) }
    }
    let places = sections.compactMap { section -> Place? in
      guard let certificate = section.values["certificate"],
        let key = section.values["private_key"]
      else { return nil }
      return Place(certificate: certificate, privateKey: key)
    }
    // What is written in the list and refused is reported already, and so is half a pair.
    if places.isEmpty, !isAlone, case .list(_, writtenCount: 0)? = list,
      tls.written.isDisjoint(with: ["certificate", "private_key"])
    {
      problems.add(
        tls.position,
        tls.path,
        "there is no certificate to serve with",
        "write certificate: \"/PATH.pem\" and private_key: \"/PATH.pem\", or remove tls"
      )
    }
    return places
  }

  private mutating func bytes(of place: Checked) -> [UInt8]? {
    guard case .text(let path) = place.value else { return nil }
    switch environment.readFile(path) {
    case .success(let bytes): return bytes
    case .failure(let failure):
      problems.add(
        place.position,
        place.path,
        "cannot read \(shown(path)): \(failure.reason)",
        "write the path of a PEM file; a relative path begins in the working directory"
      )
      return nil
    }
  }

  private mutating func report(
    _ findings: [ListenerTLSFinding],
    _ places: [Place],
    _ authorities: Checked?
  ) {
    for finding in findings {
      let place: Checked? =
        switch finding.part {
        case .certificate(let index): places[index].certificate
        case .privateKey(let index): places[index].privateKey
        case .clientAuthorities: authorities
        }
      guard let place, case .text(let path) = place.value else { continue }
      let message = "\(shown(path)): \(finding.message)"
      if finding.isError {
        problems.add(place.position, place.path, message, finding.suggestion)
      } else {
        problems.warn(place, message, finding.suggestion)
      }
    }
  }

  /// A source that asks for a client's name gets nothing where no client shows one.
  mutating func checkClientNames(_ root: CheckedSection) {
    let tls = root.section("ingress")?.section("tls")
    guard tls?.values["client_ca"] == nil, tls?.written.contains("client_ca") != true else {
      return
    }
    for (_, source) in root.sections("sources") ?? [] {
      guard let place = source.section("verify")?.values["client_names"], place.isWritten else {
        continue
      }
      problems.add(
        place.position,
        place.path,
        "no client shows a certificate, so every delivery would be refused",
        "write ingress.tls.client_ca: \"/PATH.pem\" with the authority of the provider's "
          + "certificates, or remove it"
      )
    }
  }
}
