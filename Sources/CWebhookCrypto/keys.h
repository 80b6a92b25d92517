/*
 * Public keys and certificates: what is read, and whether a signature is theirs.
 *
 * Inline for the same reason as shim.h.
 */

#ifndef CWEBHOOKCRYPTO_KEYS_H
#define CWEBHOOKCRYPTO_KEYS_H

#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "shim.h"

/* Ed25519 */

/// Returns a public key, or NULL; free with EVP_PKEY_free.
static inline EVP_PKEY *cwc_ed25519_public(const uint8_t *key, size_t count) {
  if (count != 32) return NULL;
  EVP_PKEY *result = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, key, count);
  cwc_result(result != NULL);
  return result;
}

/// Returns a private key made of its seed, or NULL; free with EVP_PKEY_free, which cleanses it.
static inline EVP_PKEY *cwc_ed25519_private(const uint8_t *seed, size_t count) {
  if (count != 32) return NULL;
  EVP_PKEY *result = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, seed, count);
  cwc_result(result != NULL);
  return result;
}

/// Copies the public half of a key.
static inline int cwc_ed25519_public_bytes(
    EVP_PKEY *key, uint8_t *bytes, size_t count) {
  size_t length = count;
  if (count != 32) return 0;
  return cwc_result(EVP_PKEY_get_raw_public_key(key, bytes, &length) == 1 && length == 32);
}

/// Whether the signature is the key's for this message; 0 also when it cannot be found out.
static inline int cwc_ed25519_verify(
    EVP_PKEY *key, const uint8_t *signature, size_t signature_count,
    const uint8_t *message, size_t count) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int is_valid = signature_count == 64 && context != NULL &&
      EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1 &&
      EVP_DigestVerify(context, signature, signature_count, message, count) == 1;
  EVP_MD_CTX_free(context);
  return cwc_result(is_valid);
}

static inline int cwc_ed25519_sign(
    EVP_PKEY *key, const uint8_t *message, size_t count,
    uint8_t *signature, size_t signature_count) {
  size_t length = signature_count;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int is_signed = signature_count == 64 && context != NULL &&
      EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1 &&
      EVP_DigestSign(context, signature, &length, message, count) == 1 && length == 64;
  EVP_MD_CTX_free(context);
  return cwc_result(is_signed);
}

/* Public keys */

/// Kinds of keys; the same numbers in Swift.
#define CWC_KEY_OTHER 0
#define CWC_KEY_ED25519 1
#define CWC_KEY_P256 2
#define CWC_KEY_RSA 3

/// What kind of key it is; keys that no provider has any more, and absurd ones, are OTHER.
static inline int32_t cwc_key_kind(const EVP_PKEY *key) {
  char curve[64];
  size_t length = 0;
  if (EVP_PKEY_is_a(key, "ED25519")) return CWC_KEY_ED25519;
  if (EVP_PKEY_is_a(key, "RSA")) {
    // Below 2048 bits a signature can be forged for money; above 8192 a check takes milliseconds.
    int bits = EVP_PKEY_get_bits(key);
    return bits >= 2048 && bits <= 8192 ? CWC_KEY_RSA : CWC_KEY_OTHER;
  }
  if (EVP_PKEY_is_a(key, "EC") &&
      EVP_PKEY_get_group_name(key, curve, sizeof curve, &length) == 1 &&
      OPENSSL_strcasecmp(curve, "prime256v1") == 0) {
    return CWC_KEY_P256;
  }
  ERR_clear_error();
  return CWC_KEY_OTHER;
}

/// Returns the key of a SubjectPublicKeyInfo in DER, or NULL; free with EVP_PKEY_free.
static inline EVP_PKEY *cwc_key_from_der(const uint8_t *bytes, size_t count) {
  const uint8_t *end = bytes;
  if (count == 0 || count > 1 << 16) return NULL;
  EVP_PKEY *key = d2i_PUBKEY(NULL, &end, (long)count);
  // Bytes behind the key belong to something else.
  if (key != NULL && end != bytes + count) {
    EVP_PKEY_free(key);
    key = NULL;
  }
  cwc_result(key != NULL);
  return key;
}

/// Never asks for a passphrase: a terminal is no place that a library reads from.
static inline int cwc_no_passphrase(char *buffer, int size, int is_writing, void *context) {
  (void)buffer, (void)size, (void)is_writing, (void)context;
  return -1;
}

/// Keys, and certificates of signers with those that lead to a root, take some 2 KiB each.
#define CWC_PEM_BYTES_MAX (1 << 16)
/// The certificates of all public authorities take some 250 KiB.
#define CWC_ROOTS_BYTES_MAX (1 << 20)
/// Several times what the system's own store holds.
#define CWC_ROOTS_MAX 1024

/// Returns the key of the first certificate in PEM, or NULL.
static inline EVP_PKEY *cwc_key_from_certificate(const uint8_t *text, size_t count) {
  if (count == 0 || count > CWC_PEM_BYTES_MAX) return NULL;
  BIO *bio = BIO_new_mem_buf(text, (int)count);
  if (bio == NULL) return NULL;
  X509 *certificate = PEM_read_bio_X509(bio, NULL, cwc_no_passphrase, NULL);
  EVP_PKEY *key = certificate == NULL ? NULL : X509_get_pubkey(certificate);
  X509_free(certificate);
  BIO_free(bio);
  cwc_result(key != NULL);
  return key;
}

/// Returns the key of the first public key or certificate in PEM, or NULL.
static inline EVP_PKEY *cwc_key_from_pem(const uint8_t *text, size_t count) {
  if (count == 0 || count > CWC_PEM_BYTES_MAX) return NULL;
  BIO *bio = BIO_new_mem_buf(text, (int)count);
  if (bio == NULL) return NULL;
  EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, cwc_no_passphrase, NULL);
  BIO_free(bio);
  if (key == NULL) key = cwc_key_from_certificate(text, count);
  // The first try leaves an error behind when the second has succeeded.
  ERR_clear_error();
  return key;
}

static inline EVP_PKEY *cwc_key_from_parameters(const char *type, OSSL_PARAM_BLD *builder) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
      EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
    key = NULL;
  }
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  if (key != NULL) {
    // Whether the point lies on the curve, and the modulus is none that a child could factor.
    EVP_PKEY_CTX *check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (check == NULL || EVP_PKEY_public_check(check) != 1) {
      EVP_PKEY_free(key);
      key = NULL;
    }
    EVP_PKEY_CTX_free(check);
  }
  cwc_result(key != NULL);
  return key;
}

/// Returns a P-256 key of its point, 0x04 and the two coordinates, or NULL.
static inline EVP_PKEY *cwc_key_from_point(const uint8_t *point, size_t count) {
  if (count != 65 || point[0] != 4) return NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  EVP_PKEY *key = NULL;
  if (builder != NULL &&
      OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, count) == 1) {
    key = cwc_key_from_parameters("EC", builder);
  }
  OSSL_PARAM_BLD_free(builder);
  return key;
}

/// Returns an RSA key of its modulus and exponent, both big-endian, or NULL.
static inline EVP_PKEY *cwc_key_from_modulus(
    const uint8_t *modulus, size_t modulus_count, const uint8_t *exponent, size_t exponent_count) {
  if (modulus_count == 0 || modulus_count > 1024 || exponent_count == 0 || exponent_count > 8) {
    return NULL;
  }
  BIGNUM *n = BN_bin2bn(modulus, (int)modulus_count, NULL);
  BIGNUM *e = BN_bin2bn(exponent, (int)exponent_count, NULL);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  EVP_PKEY *key = NULL;
  if (n != NULL && e != NULL && builder != NULL && BN_is_odd(e) && !BN_is_one(e) &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
    key = cwc_key_from_parameters("RSA", builder);
  }
  OSSL_PARAM_BLD_free(builder);
  BN_free(n);
  BN_free(e);
  return key;
}

/// Padding of RSA signatures.
#define CWC_PADDING_NONE 0
#define CWC_PADDING_PKCS1 1
#define CWC_PADDING_PSS 2

/// Whether the signature is the key's for this message; 0 also when it cannot be found out.
static inline int cwc_key_verify(
    EVP_PKEY *key, int32_t digest, int32_t padding,
    const uint8_t *signature, size_t signature_count, const uint8_t *message, size_t count) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  EVP_PKEY_CTX *settings = NULL;
  int is_valid = context != NULL &&
      EVP_DigestVerifyInit_ex(
          context, &settings, cwc_digest_name(digest), NULL, NULL, key, NULL) == 1;
  if (is_valid && padding != CWC_PADDING_NONE) {
    is_valid = EVP_PKEY_CTX_set_rsa_padding(
        settings, padding == CWC_PADDING_PSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1;
  }
  if (is_valid && padding == CWC_PADDING_PSS) {
    // RFC 9421 section 3.3.1: as long as the digest.
    is_valid = EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  is_valid = is_valid &&
      EVP_DigestVerify(context, signature, signature_count, message, count) == 1;
  EVP_MD_CTX_free(context);
  return cwc_result(is_valid);
}

/// Writes an ECDSA signature of two numbers of 32 bytes as DER; returns its length, or 0.
static inline size_t cwc_ecdsa_der(
    const uint8_t *raw, size_t raw_count, uint8_t *der, size_t der_count) {
  size_t length = 0;
  if (raw_count != 64 || der_count < 72) return 0;
  BIGNUM *r = BN_bin2bn(raw, 32, NULL);
  BIGNUM *s = BN_bin2bn(raw + 32, 32, NULL);
  ECDSA_SIG *signature = ECDSA_SIG_new();
  if (r != NULL && s != NULL && signature != NULL && ECDSA_SIG_set0(signature, r, s) == 1) {
    // They are the signature's now.
    r = s = NULL;
    uint8_t *end = der;
    int written = i2d_ECDSA_SIG(signature, &end);
    if (written > 0) length = (size_t)written;
  }
  ECDSA_SIG_free(signature);
  BN_free(r);
  BN_free(s);
  cwc_result(length > 0);
  return length;
}

/* Certificates */

/// Why a chain is not to be trusted.
#define CWC_CHAIN_GOOD 0
#define CWC_CHAIN_UNREADABLE 1
#define CWC_CHAIN_EXPIRED 2
#define CWC_CHAIN_NOT_YET_VALID 3
#define CWC_CHAIN_UNTRUSTED 4
#define CWC_CHAIN_BROKEN 5

/// Certificates in PEM, in the order of the text; NULL when there are none, or more than max.
static inline STACK_OF(X509) *cwc_certificates(const uint8_t *text, size_t count, int max) {
  if (count == 0 || count > CWC_ROOTS_BYTES_MAX) return NULL;
  BIO *bio = BIO_new_mem_buf(text, (int)count);
  STACK_OF(X509) *stack = bio == NULL ? NULL : sk_X509_new_null();
  while (stack != NULL) {
    X509 *certificate = PEM_read_bio_X509(bio, NULL, cwc_no_passphrase, NULL);
    if (certificate == NULL) break;
    if (sk_X509_num(stack) == max || sk_X509_push(stack, certificate) == 0) {
      X509_free(certificate);
      sk_X509_pop_free(stack, X509_free);
      stack = NULL;
    }
  }
  BIO_free(bio);
  ERR_clear_error();
  if (stack != NULL && sk_X509_num(stack) == 0) {
    sk_X509_free(stack);
    stack = NULL;
  }
  return stack;
}

/// Whether these are roots that `cwc_chain_verify` can use.
static inline int cwc_roots_are_readable(const uint8_t *roots, size_t count) {
  STACK_OF(X509) *certificates = cwc_certificates(roots, count, CWC_ROOTS_MAX);
  int is_readable = certificates != NULL;
  sk_X509_pop_free(certificates, X509_free);
  return is_readable;
}

/// Whether the first certificate of `chain` leads to one of `roots`, or of the system's store when
/// there are none; all in PEM. The time is that of the caller.
static inline int32_t cwc_chain_verify(
    const uint8_t *chain, size_t chain_count, const uint8_t *roots, size_t roots_count,
    int64_t unix_time, int max) {
  int32_t result = CWC_CHAIN_UNREADABLE;
  STACK_OF(X509) *certificates = cwc_certificates(chain, chain_count, max);
  STACK_OF(X509) *trusted = roots_count == 0 ? NULL : cwc_certificates(roots, roots_count, CWC_ROOTS_MAX);
  X509_STORE *store = X509_STORE_new();
  X509_STORE_CTX *context = X509_STORE_CTX_new();
  if (certificates == NULL || (roots_count > 0 && trusted == NULL) || store == NULL ||
      context == NULL) {
    goto done;
  }
  if (trusted == NULL) {
    if (X509_STORE_set_default_paths(store) != 1) goto done;
  } else {
    for (int index = 0; index < sk_X509_num(trusted); index++) {
      if (X509_STORE_add_cert(store, sk_X509_value(trusted, index)) != 1) goto done;
    }
  }
  if (X509_STORE_CTX_init(context, store, sk_X509_value(certificates, 0), certificates) != 1) {
    goto done;
  }
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), (time_t)unix_time);
  // Keys and digests of 80 bits and more (SSL_CTX_set_security_level(3)): SHA-1 is refused.
  X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context), 1);
  if (X509_verify_cert(context) == 1) {
    uint32_t usage = X509_get_key_usage(sk_X509_value(certificates, 0));
    result = (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0 ? CWC_CHAIN_GOOD
                                                                        : CWC_CHAIN_BROKEN;
  } else {
    switch (X509_STORE_CTX_get_error(context)) {
      case X509_V_ERR_CERT_HAS_EXPIRED: result = CWC_CHAIN_EXPIRED; break;
      case X509_V_ERR_CERT_NOT_YET_VALID: result = CWC_CHAIN_NOT_YET_VALID; break;
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
      case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: result = CWC_CHAIN_UNTRUSTED; break;
      default: result = CWC_CHAIN_BROKEN;
    }
  }
done:
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  sk_X509_pop_free(certificates, X509_free);
  sk_X509_pop_free(trusted, X509_free);
  ERR_clear_error();
  return result;
}

/// Whether the first certificate is for this host: by its alternative names or, where it has none,
/// by its common name. A host that begins with a dot stands for any one label in front of it.
static inline int cwc_chain_is_for(
    const uint8_t *chain, size_t chain_count, const uint8_t *host, size_t host_count, int max) {
  STACK_OF(X509) *certificates = cwc_certificates(chain, chain_count, max);
  if (certificates == NULL) return 0;
  int is_for = host_count > 0 &&
      X509_check_host(
          sk_X509_value(certificates, 0), (const char *)host, host_count,
          X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS,
          NULL) == 1;
  sk_X509_pop_free(certificates, X509_free);
  ERR_clear_error();
  return is_for;
}

#endif
