/// The name of sockets that are passed, `NAME` in `systemd:NAME`.
package enum PassedName {
  static let prefix = "systemd:"
  /// What systemd takes as FileDescriptorName (sd_listen_fds(3)).
  static let bytesMax = 255

  /// Nil for an address that is opened here.
  package static func of(_ listen: String) -> String? {
    listen.hasPrefix(prefix) ? String(listen.dropFirst(prefix.count)) : nil
  }

  /// Visible ASCII without the colon, which stands between names.
  static func isValid(_ name: String) -> Bool {
    (1...bytesMax).contains(name.utf8.count)
      && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }
  }
}
