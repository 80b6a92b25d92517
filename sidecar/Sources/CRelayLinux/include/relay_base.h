#ifndef RELAY_BASE_H
#define RELAY_BASE_H

#include <ptrcheck.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Buffers are bounds-annotated, so Swift imports each function a second time with Span parameters.
#define RELAY_BYTES(n) __counted_by(n) __attribute__((noescape))

// Each function returns -errno on failure and retries EINTR, so that no Swift code runs between
// the call and reading errno.
#define RELAY_RETRY(call) ({ ssize_t r_; do { r_ = (call); } while (r_ == -1 && errno == EINTR); r_ == -1 ? -errno : r_; })

#endif
