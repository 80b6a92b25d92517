/// A certificate chain and its key, both in PEM: who a side is.
package struct TLSIdentity: Sendable {
  package let certificateChain: [UInt8]
  package let privateKey: [UInt8]

  package init(certificateChain: [UInt8], privateKey: [UInt8]) {
    self.certificateChain = certificateChain
    self.privateKey = privateKey
  }
}
