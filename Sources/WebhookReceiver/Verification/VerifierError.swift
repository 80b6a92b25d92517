/// Why a verifier or a signer cannot be made.
///
/// Secrets are named by their place in the list that was given: the index counts from 0, and what
/// is printed for people from 1.
@nonexhaustive
public enum VerifierError: Error, Equatable, Sendable {
  /// There is no secret to verify with.
  case noSecrets
  /// There are more secrets than a rotation needs.
  case tooManySecrets(max: Int)
  /// A secret has not the form in which the provider gives it out.
  case secretMalformed(index: Int, expected: String)
  /// A secret has nothing behind its prefix.
  case secretEmpty(index: Int)
  /// A private key was given where the public one belongs, or the reverse.
  case wrongKeyHalf(index: Int, expected: String)
  /// libcrypto cannot make codes with this digest.
  case digestUnavailable(String)
  /// A tolerance cannot be negative.
  case toleranceNegative
  /// The profile does not fit together; the text says where.
  case profileInvalid(String)
  /// The scheme asks for a setting by this name, and it was not given.
  case parameterMissing(name: String)
  /// The scheme knows no setting by this name.
  case parameterUnknown(name: String, known: [String])
}

extension VerifierError: CustomStringConvertible {
  /// What is wrong, and what to do about it.
  public var description: String {
    switch self {
    case .noSecrets:
      "there is no secret; give the one that the provider shows for this endpoint"
    case .tooManySecrets(let max):
      "there are more than \(max) secrets; remove those that no sender uses any more"
    case .secretMalformed(let index, let expected):
      "secret number \(index + 1) is not \(expected); copy it from the provider as it is shown "
        + "there"
    case .secretEmpty(let index):
      "secret number \(index + 1) has nothing behind its prefix; copy all of it from the provider"
    case .wrongKeyHalf(let index, let expected):
      "secret number \(index + 1) is the wrong half of a key pair; give the \(expected)"
    case .digestUnavailable(let name):
      "libcrypto has no \(name); enable it in the configuration of OpenSSL"
    case .toleranceNegative:
      "the tolerance is negative; give how far a timestamp may be from now, such as 300 seconds"
    case .profileInvalid(let why):
      "the profile does not fit together: \(why); mend it where it is written"
    case .parameterMissing(let name):
      "the scheme needs the setting \(name); give the one that the provider shows for this endpoint"
    case .parameterUnknown(let name, let known):
      "the scheme has no setting \(name); "
        + (known.isEmpty ? "it has none, remove it" : "it has \(known.joined(separator: ", "))")
    }
  }
}
