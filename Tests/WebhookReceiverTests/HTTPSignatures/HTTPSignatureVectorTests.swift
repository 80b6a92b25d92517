import Testing
import WebhookReceiver

/// RFC 9421, section 2.5 and appendix B.2, as far as it is about requests.
@Suite struct HTTPSignatureVectorTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    let label: String
    /// The value of `@signature-params`.
    let input: String
    let signature: String
    /// Of the base, without the last line.
    let lines: [String]

    var testDescription: String { label }
    var base: String { (lines + ["\"@signature-params\": \(input)"]).joined(separator: "\n") }

    var request: WebhookRequest {
      SignedRequest.make([
        ("Signature-Input", "\(label)=\(input)"), ("Signature", "\(label)=:\(signature):"),
      ])
    }
  }

  static let vectors = [
    Vector(
      label: "sig-b21",
      input: "();created=1618884473;keyid=\"test-key-rsa-pss\";nonce=\"b3k2pp5k7z-50gnwp.yemd\"",
      signature: "d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++"
        + "wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR"
        + "72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5W"
        + "Sb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q"
        + "==",
      lines: []
    ),
    Vector(
      label: "sig-b22",
      input: "(\"@authority\" \"content-digest\" \"@query-param\";name=\"Pet\");created=1618884473"
        + ";keyid=\"test-key-rsa-pss\";tag=\"header-example\"",
      signature: "LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfK"
        + "tjvuJyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rL"
        + "EuEfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ"
        + "99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw"
        + "==",
      lines: [
        "\"@authority\": example.com", "\"content-digest\": \(SignedRequest.digest)",
        "\"@query-param\";name=\"Pet\": dog",
      ]
    ),
    Vector(
      label: "sig-b23",
      input: "(\"date\" \"@method\" \"@path\" \"@query\" \"@authority\" \"content-type\" "
        + "\"content-digest\" \"content-length\");created=1618884473;keyid=\"test-key-rsa-pss\"",
      signature: "bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt"
        + "683+qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsL"
        + "NmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF"
        + "8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA"
        + "==",
      lines: [
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT", "\"@method\": POST", "\"@path\": /foo",
        "\"@query\": ?param=Value&Pet=dog", "\"@authority\": example.com",
        "\"content-type\": application/json", "\"content-digest\": \(SignedRequest.digest)",
        "\"content-length\": 18",
      ]
    ),
    Vector(
      label: "sig-b25",
      input: "(\"date\" \"@authority\" \"content-type\");created=1618884473"
        + ";keyid=\"test-shared-secret\"",
      signature: "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=",
      lines: [
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT", "\"@authority\": example.com",
        "\"content-type\": application/json",
      ]
    ),
    Vector(
      label: "sig-b26",
      input: "(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")"
        + ";created=1618884473;keyid=\"test-key-ed25519\"",
      signature: "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPp"
        + "BKRCw==",
      lines: [
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT", "\"@method\": POST", "\"@path\": /foo",
        "\"@authority\": example.com", "\"content-type\": application/json",
        "\"content-length\": 18",
      ]
    ),
    // The example of section 2.5, with the signature of another.
    Vector(
      label: "sig1",
      input: "(\"@method\" \"@authority\" \"@path\" \"content-digest\" \"content-length\" "
        + "\"content-type\");created=1618884473;keyid=\"test-key-rsa-pss\"",
      signature: "AAAA",
      lines: [
        "\"@method\": POST", "\"@authority\": example.com", "\"@path\": /foo",
        "\"content-digest\": \(SignedRequest.digest)", "\"content-length\": 18",
        "\"content-type\": application/json",
      ]
    ),
  ]

  @Test(arguments: vectors)
  func `the base is the published one`(vector: Vector) throws {
    let signature = try #require(try HTTPSignature.all(in: vector.request, max: 1).first)
    #expect(String(decoding: signature.base, as: UTF8.self) == vector.base)
    #expect(Base64.encode(signature.signature) == vector.signature)
    #expect(signature.label == vector.label)
    #expect(signature.created == Timestamp(seconds: 1_618_884_473))
    #expect(signature.expires == nil)
    #expect(signature.algorithm == nil)
    #expect(signature.keyID?.hasPrefix("test-") == true)
    #expect(signature.nonce == (vector.label == "sig-b21" ? "b3k2pp5k7z-50gnwp.yemd" : nil))
    #expect(signature.tag == (vector.label == "sig-b22" ? "header-example" : nil))
    #expect(signature.components.count == vector.lines.count)
  }

  @Test(arguments: vectors)
  func `signing makes the published header and base`(vector: Vector) throws {
    let signature = try #require(try HTTPSignature.all(in: vector.request, max: 1).first)
    let (base, input) = try HTTPSignatureBase.base(
      for: SignedRequest.make(),
      components: signature.components,
      parameters: HTTPSignatureParameters(
        created: signature.created,
        keyID: signature.keyID,
        nonce: signature.nonce,
        tag: signature.tag
      )
    )
    #expect(String(decoding: base, as: UTF8.self) == vector.base)
    #expect(input == vector.input)
    let fields = try #require(
      HTTPSignatureBase.headers(
        label: vector.label,
        input: input,
        signature: signature.signature
      )
    )
    let sent = WebhookRequest(
      target: vector.request.target,
      headers: HeaderFields(SignedRequest.headers + fields.map { ($0.name, $0.value) }),
      body: [],
      url: vector.request.url
    )
    #expect(sent.headers == vector.request.headers)
  }

  @Test(arguments: [("sig-b25", "rfc9421-b25-hmac"), ("sig-b26", "rfc9421-b26-ed25519")])
  func `the base is that of the shared file`(label: String, id: String) throws {
    let vector = try #require(Self.vectors.first { $0.label == label })
    let base = try HTTPSignature.all(in: vector.request, max: 1)[0].base
    let published = try #require(try SignedRequest.primitive(id).signature_base)
    #expect(String(decoding: base, as: UTF8.self) == published)
  }

  @Test func `the code of B.2.5 is that of its base`() throws {
    let vector = try #require(Self.vectors.first { $0.label == "sig-b25" })
    let signature = try #require(try HTTPSignature.all(in: vector.request, max: 1).first)
    let key = try #require(
      Base64.decode(
        "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
      )
    )
    #expect(ReferenceHMAC.code(key: key, message: signature.base) == signature.signature)
    let expected = try SignedRequest.primitive("rfc9421-b25-hmac").expected
    #expect(Base64.encode(signature.signature) == expected)
  }

  @Test func `B.2.4 is of a response, and refused`() {
    let request = SignedRequest.make([
      (
        "Signature-Input",
        "sig-b24=(\"@status\" \"content-type\" \"content-digest\" \"content-length\")"
          + ";created=1618884473;keyid=\"test-key-ecc-p256\""
      ), ("Signature", "sig-b24=:AAAA:"),
    ])
    let error = SignedRequest.error { () throws(VerificationError) in
      try HTTPSignature.all(in: request, max: 1)
    }
    #expect(error == .malformedHeader(name: "Signature-Input"))
  }

  @Test func `several signatures are told apart by their labels`() throws {
    let chosen = Self.vectors.filter { ["sig-b22", "sig-b26"].contains($0.label) }
    let request = SignedRequest.make(
      chosen.map { ("Signature-Input", "\($0.label)=\($0.input)") }
        + chosen.reversed().map { ("signature", "\($0.label)=:\($0.signature):") }
    )
    let all = try HTTPSignature.all(in: request, max: 2)
    #expect(all.map(\.label) == ["sig-b22", "sig-b26"])
    #expect(all.map { String(decoding: $0.base, as: UTF8.self) } == chosen.map(\.base))
    #expect(all.map { Base64.encode($0.signature) } == chosen.map(\.signature))
    let one = try HTTPSignature.all(in: request, max: 2, label: "sig-b26")
    #expect(one.map(\.label) == ["sig-b26"])
  }
}
