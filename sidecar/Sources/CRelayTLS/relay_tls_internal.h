#ifndef RELAY_TLS_INTERNAL_H
#define RELAY_TLS_INTERNAL_H

#include "CRelayTLS.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// What the files of this room share; nothing of it crosses the border to Swift.

struct relay_tls_session {
  SSL *ssl;
  // Owned by `ssl`.
  BIO *in;
  BIO *out;
  int32_t failure;
  char words[160];
};

// A certificate, those that lead from it to its authority, and its key.
struct relay_tls_identity {
  X509 *certificate;
  STACK_OF(X509) *chain;
  EVP_PKEY *key;
};

// Reads an identity (PEM); 0, or why it is none. What was read is freed by the caller either way.
int32_t relay_tls_read_identity(struct relay_tls_identity *identity,
                                const uint8_t *chain, size_t chain_count,
                                const uint8_t *key, size_t key_count);
void relay_tls_free_identity(struct relay_tls_identity *identity);

// Why libssl took no identity that could be read, from its error queue.
int32_t relay_tls_identity_failure(void);

// Adds certificates of authorities (PEM) to a store, and their names to a list where there is one;
// how many, or 0 when what is there cannot be read to its end.
int relay_tls_add_roots(X509_STORE *store, STACK_OF(X509_NAME) *names,
                        const uint8_t *bytes, size_t count);

// A context as both sides have it.
SSL_CTX *relay_tls_make_context(const SSL_METHOD *method);

// A session between two empty buffers, not yet of either side; NULL without memory.
relay_tls_session *relay_tls_make_session(SSL_CTX *context);

// The DNS names of a certificate, each with a zero behind it, as many as fit; returns bytes. Where
// it has none, and that is wanted, its common name.
size_t relay_tls_names_of(const X509 *certificate, int or_common_name, uint8_t *text,
                          size_t count);

#endif
