#include "relay_tls_internal.h"

#include <limits.h>
#include <string.h>

// PEM in, certificates and keys out.

// A key under a passphrase is refused: the default would ask at the terminal. `data` notes that
// there was one.
static int no_passphrase(char *buffer, int size, int writing, void *data) {
  (void)buffer, (void)size, (void)writing;
  if (data != NULL) *(int *)data = 1;
  return -1;
}

static BIO *memory(const uint8_t *bytes, size_t count) {
  return count == 0 || count > INT_MAX ? NULL : BIO_new_mem_buf(bytes, (int)count);
}

// Whether reading ended because there is no further block, and not at a broken one.
static int is_at_end(void) {
  unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

int relay_tls_add_roots(X509_STORE *store, STACK_OF(X509_NAME) *names, const uint8_t *bytes,
                        size_t count) {
  BIO *bio = memory(bytes, count);
  int added = 0;
  X509 *certificate = NULL;
  while (bio != NULL && (certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
    X509_NAME *name = NULL;
    int result = X509_STORE_add_cert(store, certificate);
    if (result == 1 && names != NULL) {
      name = X509_NAME_dup(X509_get_subject_name(certificate));
      result = name != NULL && sk_X509_NAME_push(names, name) > 0;
      if (!result) X509_NAME_free(name);
    }
    X509_free(certificate);
    if (result != 1) {
      added = 0;
      break;
    }
    added++;
  }
  // A bundle in part would refuse some clients, and nobody could tell why.
  if (!is_at_end()) added = 0;
  BIO_free(bio);
  return added;
}

// The first certificate is this side's, those behind it lead to its authority.
static int read_chain(struct relay_tls_identity *identity, const uint8_t *bytes, size_t count) {
  BIO *bio = memory(bytes, count);
  if (bio == NULL) return 0;
  identity->certificate = PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, NULL);
  identity->chain = sk_X509_new_null();
  int result = identity->certificate != NULL && identity->chain != NULL;
  X509 *next = NULL;
  while (result && (next = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
    if (sk_X509_push(identity->chain, next) > 0) continue;
    X509_free(next);
    result = 0;
  }
  // A file that is still being written ends in the middle of a block.
  if (result && !is_at_end()) result = 0;
  BIO_free(bio);
  return result;
}

int32_t relay_tls_read_identity(struct relay_tls_identity *identity, const uint8_t *chain,
                                size_t chain_count, const uint8_t *key, size_t key_count) {
  memset(identity, 0, sizeof *identity);
  if (!read_chain(identity, chain, chain_count)) return RELAY_TLS_BAD_CERTIFICATE;
  int is_encrypted = 0;
  BIO *bio = memory(key, key_count);
  if (bio != NULL) identity->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &is_encrypted);
  BIO_free(bio);
  if (identity->key == NULL) return is_encrypted ? RELAY_TLS_KEY_ENCRYPTED : RELAY_TLS_BAD_KEY;
  return X509_check_private_key(identity->certificate, identity->key) == 1 ? 0
                                                                           : RELAY_TLS_KEY_MISMATCH;
}

void relay_tls_free_identity(struct relay_tls_identity *identity) {
  X509_free(identity->certificate);
  sk_X509_pop_free(identity->chain, X509_free);
  EVP_PKEY_free(identity->key);
  memset(identity, 0, sizeof *identity);
}

int32_t relay_tls_identity_failure(void) {
  switch (ERR_GET_REASON(ERR_peek_last_error())) {
  case SSL_R_EE_KEY_TOO_SMALL:
  case SSL_R_CA_KEY_TOO_SMALL:
  case SSL_R_CA_MD_TOO_WEAK: return RELAY_TLS_WEAK_IDENTITY;
  default: return RELAY_TLS_BAD_CERTIFICATE;
  }
}

// Printable ASCII only: a zero byte in a name has fooled verifiers before, and nothing here may
// break a line of the log.
static size_t append(uint8_t *text, size_t count, size_t used, const ASN1_STRING *string) {
  const unsigned char *bytes = ASN1_STRING_get0_data(string);
  int length = ASN1_STRING_length(string);
  if (length <= 0 || (size_t)length >= count - used) return used;
  for (int index = 0; index < length; index++) {
    if (bytes[index] < 0x20 || bytes[index] > 0x7E) return used;
  }
  memcpy(text + used, bytes, (size_t)length);
  text[used + (size_t)length] = 0;
  return used + (size_t)length + 1;
}

size_t relay_tls_names_of(const X509 *certificate, int or_common_name, uint8_t *text,
                          size_t count) {
  size_t used = 0;
  int has_names = 0;
  GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
  for (int index = 0; names != NULL && index < sk_GENERAL_NAME_num(names); index++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    if (name->type != GEN_DNS) continue;
    has_names = 1;
    used = append(text, count, used, name->d.dNSName);
  }
  GENERAL_NAMES_free(names);
  // The common name counts only where there is no other (RFC 6125 section 6.4.4); of several, the
  // last is the most specific.
  const X509_NAME *subject = X509_get_subject_name(certificate);
  int last = -1, next = -1;
  while (or_common_name && !has_names &&
         (next = X509_NAME_get_index_by_NID(subject, NID_commonName, last)) >= 0) {
    last = next;
  }
  if (last >= 0) {
    used = append(text, count, used,
                  X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
  }
  ERR_clear_error();
  return used;
}
