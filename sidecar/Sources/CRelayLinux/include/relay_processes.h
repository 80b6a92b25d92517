#ifndef RELAY_PROCESSES_H
#define RELAY_PROCESSES_H

#include "relay_base.h"

/// Opens a pipe, closed on exec: ends[0] is read from, ends[1] written to. The end `own` (0 or 1)
/// is non-blocking; the other one is a child's, and children expect to block.
int relay_pipe(int32_t *__counted_by(count) __attribute__((noescape)) ends, size_t count, int own);

/// Starts a program by its name, without a shell, as the leader of a new process group: its
/// standard descriptors are the three given (negative: /dev/null), and it gets no others, no
/// blocked signal and no ignored one. `arguments` and `environment` hold strings that end with NUL,
/// one behind the other; `inherits` stands for this process' own environment. Returns the process
/// id.
int relay_spawn(const uint8_t *RELAY_BYTES(arguments_count) arguments, size_t arguments_count,
                const uint8_t *RELAY_BYTES(environment_count) environment,
                size_t environment_count, int inherits, int input, int output, int error);

/// A descriptor that is readable once the process has ended.
int relay_process_watch(int pid);
/// Kills what is left of the group of a child that was not waited for.
void relay_process_kill_group(int pid);
/// Takes leave of a child: its exit status, 256 and its signal, or -EAGAIN while it runs.
int relay_process_reap(int pid);

ssize_t relay_read_some(int fd, uint8_t *RELAY_BYTES(count) bytes, size_t count);
/// Writes without SIGPIPE: a reader that is gone is -EPIPE.
ssize_t relay_write_some(int fd, const uint8_t *RELAY_BYTES(count) bytes, size_t count);

/// Lets the calling thread sleep; for threads that may block.
void relay_pause(int milliseconds);

#endif
