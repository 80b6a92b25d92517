#ifndef RELAY_SOCKETS_H
#define RELAY_SOCKETS_H

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "relay_base.h"

// An address crosses this border as its family's bytes, so that Swift never touches sockaddr.
// family: 4 or 6 (16 bytes used for v6, the first 4 for v4), or 1 for a unix path.

/// Opens, binds and listens. Returns the descriptor. port_use: 0 for a port of its own; 1 for one
/// that nobody else has yet, and others share with it from then on; 2 for one that is shared.
int relay_listen(int family, const uint8_t *RELAY_BYTES(address_count) address, size_t address_count,
                 int port, unsigned scope, int port_use, int backlog);
/// Keeps a descriptor from the programs that this process starts.
int relay_close_on_exec(int fd);
/// Makes a descriptor that somebody else opened non-blocking, where it is a stream socket that
/// listens; -ENOTSOCK, -EPROTOTYPE, -EAFNOSUPPORT or -EINVAL where it is not.
int relay_adopt_listener(int fd);
/// Another descriptor of the same socket.
int relay_duplicate(int fd);
/// Connects, waiting at most `timeout_ms`. Returns a blocking descriptor.
int relay_connect(int family, const uint8_t *RELAY_BYTES(address_count) address,
                  size_t address_count, int port, unsigned scope, int timeout_ms);
/// Begins to connect and returns a non-blocking descriptor, which becomes writable when it is known
/// what came of it. -EAGAIN for a unix socket whose listener has too many waiting already.
int relay_connect_start(int family, const uint8_t *RELAY_BYTES(address_count) address,
                        size_t address_count, int port, unsigned scope);
/// What came of it: 0 or -errno.
int relay_connect_result(int fd);
/// Writes the local address of a socket: 16 bytes of address, then port (2, big-endian) and the
/// family (1).
int relay_local_address(int fd, uint8_t *RELAY_BYTES(count) out, size_t count);
/// Accepts one connection, non-blocking, and writes the peer as above.
int relay_accept(int listener, uint8_t *RELAY_BYTES(count) peer, size_t count);
ssize_t relay_receive(int fd, uint8_t *RELAY_BYTES(count) bytes, size_t count);
/// The same, and what was read stays where it is, for the next read.
ssize_t relay_peek(int fd, uint8_t *RELAY_BYTES(count) bytes, size_t count);
ssize_t relay_send(int fd, const uint8_t *RELAY_BYTES(count) bytes, size_t count);
int relay_shutdown_write(int fd);
/// Sets the receive and send timeouts of a blocking socket.
int relay_set_timeouts(int fd, int timeout_ms);

int relay_epoll_create(void);
int relay_epoll_change(int epoll, int operation, int fd, uint32_t events, uint64_t token);
/// Writes up to `capacity` events: tokens and event bits at equal indices.
int relay_epoll_wait(int epoll, uint64_t *__counted_by(capacity) __attribute__((noescape)) tokens,
                     uint32_t *__counted_by(bits_capacity) __attribute__((noescape)) bits,
                     size_t capacity, size_t bits_capacity, int timeout_ms);

int relay_eventfd(void);
int relay_eventfd_ring(int fd);
int relay_eventfd_clear(int fd);
/// Returns 1 when `fd` became readable, 0 when the time ran out; negative timeouts wait forever.
int relay_wait_readable(int fd, int timeout_ms);
int relay_wait_writable(int fd, int timeout_ms);

/// Blocks the signals of `mask` (bit n-1 for signal n) in the calling thread, ignores SIGPIPE, and
/// returns a signalfd for them.
int relay_signalfd(uint64_t mask);
/// Returns the next signal, or 0 when there is none.
int relay_next_signal(int fd);

/// Resolves a host name with the system's resolver; writes entries of 19 bytes as above. Returns
/// their number, or a negative EAI code.
int relay_resolve(const uint8_t *RELAY_BYTES(host_count) host, size_t host_count,
                  uint8_t *RELAY_BYTES(count) out, size_t count);

void relay_set_thread_name(const uint8_t *RELAY_BYTES(count) name, size_t count);
int relay_random(uint8_t *RELAY_BYTES(count) bytes, size_t count);
/// Raises the soft descriptor limit towards `wanted`; returns what is in force.
int64_t relay_raise_descriptor_limit(int64_t wanted);
/// 0: nanoseconds that only go forward; 1: microseconds since 1970; 2: nanoseconds since this start
/// of the machine, sleep included; 3: nanoseconds that this thread has been running.
int64_t relay_clock(int kind);

#endif
